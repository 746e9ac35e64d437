# SPDX-License-Identifier: Apache-2.0
"""What was sent to whom and what became of it; the channels it goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.core.notify.public import (
    Channel,
    channel_add,
    channel_edit,
    channel_test,
    channels,
    deliveries,
    delivery_retry,
    mail_test,
)
from steward.core.tenancy.public import Actor, Client
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.pages.inbox import kind_words
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import ChoiceFilter, ClientFilter, DateFilter
from steward.core.ui.table.table import Bulk, Empty, Table, View
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done

STATES = {
    "queued": gettext_lazy("Waits"),
    "held": gettext_lazy("Held for quiet hours"),
    "sent": gettext_lazy("Handed over"),
    "bounced": gettext_lazy("Sent back"),
    "no_channel": gettext_lazy("Nothing to send it with"),
    "failed": gettext_lazy("Failed"),
    "expired": gettext_lazy("Too old"),
}
WAYS = {"app": gettext_lazy("Console"), "mail": gettext_lazy("Mail"), "channel": gettext_lazy("Channel")}


def recipient_words(delivery: Any) -> str:
    """Who a message goes to: a person, a channel, or an address outside until it is blanked."""
    notice = delivery.notice
    if notice.person_id:
        return str(notice.person)
    return str(notice.channel.name if notice.channel_id else notice.address_name or notice.address)


def delivery_kind(delivery: Any) -> str:
    """What a message is called."""
    return kind_words(delivery.notice.kind)


def _again(found: Sequence[Any], *, actor: Actor) -> str:
    for delivery in found:
        delivery_retry(delivery, actor=actor)
    return ngettext("%(n)s message goes out again.", "%(n)s messages go out again.", len(found)) % {"n": len(found)}


DELIVERIES = Table(
    name="ui.deliveries",
    label=gettext_lazy("messages"),
    rows=deliveries,
    url=lambda delivery: reverse("ui.notification", args=[delivery.uid]),
    sort="-created_at",
    search=("notice__kind", "notice__person__name", "notice__address", "message_id"),
    search_words=gettext_lazy("Filter by kind or recipient"),
    columns=[
        Column("kind", gettext_lazy("Message"), value=delivery_kind, kind=CellKind.LINK),
        Column("to", gettext_lazy("To"), value=recipient_words, kind=CellKind.PERSON, css="client"),
        Column("way", gettext_lazy("By"), text=lambda delivery: WAYS.get(delivery.way, delivery.way), css="meta"),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda delivery: STATES[delivery.state],
            sort=True,
            css="state",
        ),
        Column("attempts", gettext_lazy("Attempts"), kind=CellKind.NUMBER, sort=True),
        Column(
            "client",
            gettext_lazy("Client"),
            value="client.name",
            kind=CellKind.CLIENT,
            sort="client__name",
            wide_only=True,
        ),
        Column(
            "created_at", gettext_lazy("Asked for"), kind=CellKind.TIME, sort=True, descending_first=True, css="meta"
        ),
        Column("ended_at", gettext_lazy("Settled"), kind=CellKind.TIME, wide_only=True),
    ],
    filters=[
        ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())),
        ChoiceFilter("way", gettext_lazy("By"), choices=tuple(WAYS.items())),
        ClientFilter(),
        DateFilter("asked", gettext_lazy("Asked for"), field="created_at"),
    ],
    views=[View("trouble", gettext_lazy("Not delivered"), "state=bounced&state=failed&state=no_channel")],
    bulk=[Bulk("again", gettext_lazy("Send again"), permission="notify.manage", run=_again, icon="refresh", key="r")],
    empty=Empty(
        title=gettext_lazy("Nothing was sent yet"),
        text=gettext_lazy("Every message stands here with who it went to and what the other side said."),
        icon="mail",
    ),
)


@dataclass(frozen=True, slots=True)
class Notifications:
    """The log, and the channels."""

    table: TableView
    channels: list[Channel]


@page(
    "notifications/",
    permission="notify.view",
    kind=Kind.LIST,
    title=gettext_lazy("Notifications"),
    table=DELIVERIES,
    template="ui/pages/notifications.html",
    nav=Nav("house", gettext_lazy("Notifications"), icon="bell", order=50),
)
def notifications(request: Request) -> Notifications:
    """What was sent to whom."""
    return Notifications(table_view(DELIVERIES, request), list(channels()))


@verb(notifications, "test-mail", permission="notify.manage")
def _test_mail(request: Request) -> Done:
    mail_test(actor=acting(), person=request.user)
    return Done(
        _("A test message is on its way to %(email)s; its fate will stand in this list.")
        % {"email": request.user.email}
    )


class ChannelForm(forms.Form):
    """An outside channel."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        help_text=gettext_lazy(
            "As Apprise writes it, such as slack://… or mailto://…. It is sealed and never shown again."
        ),
        # Typed like a password: not shown over a shoulder, not given back with an error, not kept in a draft.
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Client"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("None: our own"),
    )
    fallback = forms.BooleanField(label=gettext_lazy("Tell it of urgent messages whose mail failed"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField


class ChannelEditForm(ChannelForm):
    """The same of one that exists; its address stays unless a new one is given."""

    client = None  # type: ignore[assignment]  # Django's way to leave a field of the base out
    enabled = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        self.fields["url"].required = False
        self.fields["url"].help_text = _("Empty: the address stays as it is.")


@page(
    "notifications/channels/new/",
    permission="notify.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New channel"),
    parent="ui.notifications",
    template="ui/form.html",
)
def channel_new(request: Request) -> FormContext | HttpResponse:
    """Add an outside channel."""

    def act(values: dict[str, Any]) -> Done:
        made = channel_add(
            actor=acting(), client=values["client"], name=values["name"], url=values["url"], fallback=values["fallback"]
        )
        return Done(
            _("The channel “%(name)s” was added. Send it a test message.") % {"name": made.name},
            goto=reverse("ui.channel", args=[made.uid]),
        )

    return submitted(
        request, ChannelForm(posted(request)), act, submit=_("Add channel"), cancel_url=reverse("ui.notifications")
    )


@page(
    "notifications/channels/<uuid:uid>/",
    permission="notify.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Channel"),
    parent="ui.notifications",
    template="ui/pages/channel.html",
)
def channel(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change or test an outside channel."""
    found = channels().get(uid=uid)
    form = ChannelEditForm(
        posted(request), initial={"name": found.name, "fallback": found.fallback, "enabled": found.enabled}
    )

    def act(values: dict[str, Any]) -> Done:
        channel_edit(
            found,
            actor=acting(),
            name=values["name"],
            enabled=values["enabled"],
            fallback=values["fallback"],
            url=values["url"],
        )
        return Done(_("The channel was changed."), goto=reverse("ui.notifications"))

    return submitted(
        request, form, act, title=found.name, submit=_("Change channel"), cancel_url=reverse("ui.notifications")
    )


@verb(channel, "test", permission="notify.manage")
def _test_channel(request: Request, uid: UUID) -> Done:
    found = channels().get(uid=uid)
    channel_test(found, actor=acting())
    return Done(
        _("A test message is on its way to “%(name)s”.") % {"name": found.name}, goto=reverse("ui.notifications")
    )
