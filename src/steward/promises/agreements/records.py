# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.promises.agreements.queries import without_unseen_drafts

register_record(
    "agreements.agreement",
    model="agreements.Agreement",
    url=lambda agreement: reverse("agreements.agreement", args=[agreement.number]),
    title=str,
    permission="agreements.view",
    label=_("Contract"),
    seen=without_unseen_drafts,
)
