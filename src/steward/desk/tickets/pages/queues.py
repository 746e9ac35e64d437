# SPDX-License-Identifier: Apache-2.0
"""Where tickets wait: the list of queues, and changing them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import (
    Done,
    FormContext,
    Kind,
    Listed,
    Nav,
    Request,
    acting,
    listed,
    page,
    posted,
    submitted,
    verb,
)
from steward.desk.tickets import queries
from steward.desk.tickets.actions import queue_archive, queue_create, queue_edit, queue_restore
from steward.desk.tickets.forms import QueueForm
from steward.desk.tickets.tables import QUEUES


@page(
    "tickets/queues/",
    permission="tickets.manage",
    kind=Kind.LIST,
    title=gettext_lazy("Queues"),
    table=QUEUES,
    nav=Nav("desk", gettext_lazy("Queues"), icon="inbox", order=60),
)
def queues(request: Request) -> Listed:
    """Every queue."""
    return listed(QUEUES, request)


@page(
    "tickets/queues/new/",
    permission="tickets.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New queue"),
    parent="tickets.queues",
    template="ui/form.html",
)
def queue_new(request: Request) -> FormContext | HttpResponse:
    """Make a queue."""
    back = reverse("tickets.queues")

    def act(values: dict[str, Any]) -> Done:
        made = queue_create(actor=acting(), **values)
        return Done(_("%(name)s was added.") % {"name": made.name}, goto=back)

    return submitted(request, QueueForm(posted(request)), act, submit=_("Add queue"), cancel_url=back)


@page(
    "tickets/queues/<uuid:uid>/",
    permission="tickets.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change a queue"),
    parent="tickets.queues",
)
def queue_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change a queue."""
    found, back = queries.queue(uid), reverse("tickets.queues")
    form = QueueForm(posted(request), initial={name: getattr(found, name) for name in QueueForm.base_fields})

    def act(values: dict[str, Any]) -> Done:
        queue_edit(found, actor=acting(), **values)
        return Done(_("%(name)s was changed.") % {"name": found.name}, goto=back)

    return submitted(request, form, act, title=found.name, submit=_("Save"), cancel_url=back, extra={"queue": found})


@verb(queue_change, "archive", permission="tickets.manage")
def _archive(request: Request, uid: UUID) -> Done:
    found = queue_archive(queries.queue(uid), actor=acting())
    return Done(_("%(name)s was archived.") % {"name": found.name}, goto=reverse("tickets.queues"))


@verb(queue_change, "restore", permission="tickets.manage")
def _restore(request: Request, uid: UUID) -> Done:
    found = queue_restore(queries.queue(uid), actor=acting())
    return Done(_("%(name)s is offered again.") % {"name": found.name}, goto=reverse("tickets.queues"))
