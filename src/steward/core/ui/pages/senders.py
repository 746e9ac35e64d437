# SPDX-License-Identifier: Apache-2.0
"""Who mail comes from: the MSP's own sender, and those of clients."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.notify.public import (
    MailIdentity,
    default_sender,
    mail_identities,
    mail_identity_add,
    mail_identity_remove,
    mail_identity_set,
    mail_test,
)
from steward.core.tenancy.public import Actor, Client
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import ClientFilter
from steward.core.ui.table.table import Empty, Table
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done, undoes


def sender_words(identity: Any) -> str:
    """Whose mail it is the sender of."""
    return str(identity.client.name) if identity.client else _("Everything else")


SENDERS = Table(
    name="ui.senders",
    label=gettext_lazy("senders of mail"),
    rows=mail_identities,
    url=lambda identity: reverse("ui.sender", args=[identity.uid]),
    sort="of",
    search=("client__name", "name", "address", "reply_to"),
    search_words=gettext_lazy("Filter by client or address"),
    columns=[
        Column("of", gettext_lazy("Mail of"), value=sender_words, kind=CellKind.LINK, sort="client__name"),
        Column("client", gettext_lazy("Client"), value="client.slug", shown=False),
        Column("name", gettext_lazy("Name"), sort=True, css="client"),
        Column("address", gettext_lazy("Comes from"), kind=CellKind.CODE, sort=True, css="state"),
        Column("reply_to", gettext_lazy("Answers go to"), kind=CellKind.CODE, css="meta"),
    ],
    filters=[ClientFilter()],
    empty=Empty(
        title=gettext_lazy("All mail comes from one address"),
        text=gettext_lazy(
            "It is that of the setting STEWARD_MAIL_FROM. Here you give your own mail, or that of a client, a name and "
            "an address, and say where answers go."
        ),
        icon="mail",
        action=gettext_lazy("Add a sender"),
        action_url="/notifications/senders/new/",
        action_permission="notify.manage",
    ),
)


@dataclass(frozen=True, slots=True)
class Senders:
    """The list, and what mail comes from where nothing else is said."""

    table: TableView
    default: str


@page(
    "notifications/senders/",
    permission="notify.view",
    kind=Kind.LIST,
    title=gettext_lazy("Senders of mail"),
    table=SENDERS,
    template="ui/pages/senders.html",
    nav=Nav("house", gettext_lazy("Senders of mail"), icon="mail", order=51),
)
def senders(request: Request) -> Senders:
    """Who mail comes from."""
    return Senders(table_view(SENDERS, request), default_sender().address)


class SenderForm(forms.Form):
    """A sender of mail."""

    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Mail of"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("Everything that has no sender of its own"),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("As people see it in their mailbox, such as “Kuzey IT service desk”."),
    )
    address = forms.CharField(
        label=gettext_lazy("Comes from"),
        max_length=254,
        help_text=gettext_lazy(
            "Such as support@example.com. The mail server must be allowed to send for this domain (SPF, DKIM), or mail "
            "lands among the spam."
        ),
    )
    reply_to = forms.CharField(
        label=gettext_lazy("Answers go to"),
        max_length=254,
        required=False,
        help_text=gettext_lazy(
            "A mailbox that takes a plus sign: an answer to support+token@example.com finds its way back. Empty: nobody "
            "reads answers."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client" in self.fields:
            self.fields["client"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField


class SenderEditForm(SenderForm):
    """The same of one that exists; whose mail it is stays."""

    client = None  # type: ignore[assignment]  # Django's way to leave a field of the base out


@page(
    "notifications/senders/new/",
    permission="notify.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New sender"),
    parent="ui.senders",
    template="ui/form.html",
)
def sender_new(request: Request) -> FormContext | HttpResponse:
    """Give mail a sender."""

    def act(values: dict[str, Any]) -> Done:
        made = mail_identity_add(actor=acting(), **values)
        return Done(
            _("Mail comes from %(address)s now. Send yourself a test.") % {"address": made.address},
            goto=reverse("ui.sender", args=[made.uid]),
        )

    return submitted(
        request, SenderForm(posted(request)), act, submit=_("Add sender"), cancel_url=reverse("ui.senders")
    )


@page(
    "notifications/senders/<uuid:uid>/",
    permission="notify.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Sender"),
    parent="ui.senders",
    template="ui/pages/sender.html",
)
def sender(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change, test or take away a sender."""
    found = sender_by(uid)
    form = SenderEditForm(
        posted(request), initial={"name": found.name, "address": found.address, "reply_to": found.reply_to}
    )

    def act(values: dict[str, Any]) -> Done:
        mail_identity_set(actor=acting(), client=found.client, **values)
        return Done(_("The sender was changed."), goto=reverse("ui.senders"))

    return submitted(
        request, form, act, title=sender_words(found), submit=_("Change sender"), cancel_url=reverse("ui.senders")
    )


def sender_by(uid: UUID) -> MailIdentity:
    """One sender within the scope. Raises DoesNotExist."""
    return mail_identities().get(uid=uid)


@verb(sender, "test", permission="notify.manage")
def _test(request: Request, uid: UUID) -> Done:
    mail_test(actor=acting(), person=request.user, client=sender_by(uid).client)
    return Done(
        _("A test message is on its way to %(email)s; its fate will stand in this list.")
        % {"email": request.user.email},
        goto=reverse("ui.notifications"),
    )


@verb(sender, "remove", permission="notify.manage")
def _remove(request: Request, uid: UUID) -> Done:
    found = sender_by(uid)
    kept = {"name": found.name, "address": found.address, "reply_to": found.reply_to}
    client = str(found.client.uid) if found.client else ""
    words = _("The sender for %(whose)s was taken away.") % {"whose": sender_words(found)}
    mail_identity_remove(found, actor=acting())
    return Done(words, undo="ui.sender", undo_args={"client": client, **kept}, goto=reverse("ui.senders"))


@undoes("ui.sender")
def _put_back(*, actor: Actor, client: str, name: str, address: str, reply_to: str) -> None:
    whose = Client.objects.get(uid=client) if client else None
    mail_identity_add(actor=actor, client=whose, name=name, address=address, reply_to=reply_to)
