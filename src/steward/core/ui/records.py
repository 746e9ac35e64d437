# SPDX-License-Identifier: Apache-2.0
"""The records of core rooms that have a page: what a message or a finding leads to."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import people
from steward.core.approvals.public import Approval, question_text
from steward.core.identity.public import User
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


def person_url(person: User) -> str:
    """A person's page."""
    return reverse("ui.person", args=[person.uid])


def within_reach(found: QuerySet[User]) -> QuerySet[User]:
    """Those of `found` that the scope may know of, and that were not erased."""
    return found.filter(pk__in=people().values("pk"), erased_at__isnull=True)


def endpoint_url(endpoint: Endpoint) -> str:
    """The page of a web hook."""
    return reverse("ui.webhook", args=[endpoint.uid])


register_record(
    "identity.user",
    model="identity.User",
    url=person_url,
    title=str,
    permission="people.view",
    label=_("Person"),
    seen=within_reach,
)
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
