# SPDX-License-Identifier: Apache-2.0
"""The list of contracts: one definition for page, API, files and saved views."""

from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import (
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    Empty,
    Table,
    View,
    client_column,
)
from steward.promises.agreements import queries
from steward.promises.agreements.models import Agreement

AGREEMENTS = Table(
    name="agreements.agreements",
    label=_("contracts"),
    rows=queries.agreements,
    url=lambda row: reverse("agreements.agreement", args=[row.number]),
    sort="client",
    search=("number", "title", "client__name"),
    search_words=_("Filter these contracts"),
    columns=[
        Column("number", _("Number"), kind=CellKind.CODE, sort="id", descending_first=True, css="meta"),
        Column("title", _("Contract"), kind=CellKind.LINK, sort=Lower("title"), number=lambda row: row.number),
        client_column(),
        Column(
            "state", _("State"), kind=CellKind.STATE, sort=True, css="state", text=lambda row: row.get_state_display()
        ),
        Column("policy", _("Policy"), value="policy_name", sort="policy_name", css="meta"),
        Column("starts_on", _("From"), sort=True, descending_first=True, wide_only=True),
        Column("ends_on", _("Until"), sort=True, wide_only=True),
    ],
    filters=[ClientFilter(), ChoiceFilter("state", _("State"), choices=Agreement.State.choices)],
    views=[View("active", _("In force"), "state=active"), View("draft", _("Drafts"), "state=draft")],
    empty=Empty(
        title=_("No contracts yet"),
        text=_(
            "A contract ties a client to a policy: which clause promises what, from when. Without one the usual policy is "
            "kept for a client's tickets, as an aim that nobody was promised."
        ),
        icon="file-text",
        action=_("Add a contract"),
        action_url="/agreements/new/",
        action_permission="agreements.manage",
    ),
)
