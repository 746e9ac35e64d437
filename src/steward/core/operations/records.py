# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.operations.models import Operation
from steward.core.operations.queries import operation_label
from steward.core.records.public import register_record


def _url(operation: Operation) -> str:
    return f"/operations/{operation.uid}/"


register_record(
    "operations.operation",
    model="operations.Operation",
    url=_url,
    title=operation_label,
    permission="operations.own_view",
    label=_("Long work"),
)
