# SPDX-License-Identifier: Apache-2.0
"""The records of core rooms that have a page: what a message or a finding leads to."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.approvals.public import Approval, question_text
from steward.core.operations.public import Operation, operation_label
from steward.core.records.public import register_record
from steward.core.webhooks.public import Endpoint


def approval_url(approval: Approval) -> str:
    """A question's page."""
    return reverse("ui.approval", args=[approval.uid])


def approval_title(approval: Approval) -> str:
    """What is asked."""
    return question_text(approval.kind, approval.params)


def operation_url(operation: Operation) -> str:
    """The page of long work."""
    return reverse("ui.operation", args=[operation.uid])


def endpoint_url(endpoint: Endpoint) -> str:
    """The page of a web hook."""
    return reverse("ui.webhook", args=[endpoint.uid])


register_record(
    "webhooks.endpoint",
    model="webhooks.Endpoint",
    url=endpoint_url,
    title=str,
    permission="webhooks.view",
    label=_("Web hook"),
)
register_record(
    "approvals.approval",
    model="approvals.Approval",
    url=approval_url,
    title=approval_title,
    permission="approvals.view",
    label=_("Approval"),
)
register_record(
    "operations.operation",
    model="operations.Operation",
    url=operation_url,
    title=operation_label,
    permission="operations.own_view",
    label=_("Long work"),
)
