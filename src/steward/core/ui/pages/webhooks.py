# SPDX-License-Identifier: Apache-2.0
"""Which other systems are told what: the list, one of them, adding and changing one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Client
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.pages.webhook_messages import MESSAGES_SHOWN, Message, messages_of
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import ChoiceFilter, ClientFilter
from steward.core.ui.table.table import Empty, Table
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done
from steward.core.webhooks.public import (
    Endpoint,
    deliveries_replay,
    endpoint_add,
    endpoint_archive,
    endpoint_edit,
    endpoint_key_change,
    endpoint_switch,
    endpoint_test,
    endpoints,
    webhook_events,
)

STATES = {
    "active": gettext_lazy("Told"),
    "off": gettext_lazy("Switched off"),
    "failing": gettext_lazy("Gave up"),
    "gone": gettext_lazy("Gone"),
}
MEANINGS = {
    "active": gettext_lazy("Every event it subscribed to is sent there."),
    "off": gettext_lazy("Somebody switched it off. What happens meanwhile is not told later."),
    "failing": gettext_lazy(
        "For three days nothing got through, so it was switched off by itself. Correct the address, send a test message, "
        "then switch it on and send again what failed."
    ),
    "gone": gettext_lazy(
        "The other side said that the address is gone for good (410), so nothing is sent there any more."
    ),
}


def whose(endpoint: Any) -> str:
    """Whose events it is told."""
    return str(endpoint.client.name) if endpoint.client else _("Every client")


def endpoint_by(uid: UUID) -> Endpoint:
    """A web hook within the scope. Raises Endpoint.DoesNotExist."""
    return endpoints().get(uid=uid)


WEBHOOKS = Table(
    name="ui.webhooks",
    label=gettext_lazy("web hooks"),
    rows=endpoints,
    url=lambda endpoint: reverse("ui.webhook", args=[endpoint.uid]),
    sort="name",
    search=("name", "origin", "client__name"),
    search_words=gettext_lazy("Filter by name or address"),
    columns=[
        Column("name", gettext_lazy("Web hook"), kind=CellKind.LINK, sort=True),
        Column("of", gettext_lazy("Events of"), value=whose, sort="client__name", css="client"),
        Column("client", gettext_lazy("Client"), value="client.slug", shown=False),
        Column("origin", gettext_lazy("Goes to"), kind=CellKind.CODE, sort=True, wide_only=True),
        Column("events", gettext_lazy("Events"), value=lambda each: len(each.events), kind=CellKind.NUMBER),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda each: STATES[each.state],
            sort=True,
            css="state",
        ),
        Column("failing_since", gettext_lazy("Fails since"), kind=CellKind.TIME, sort=True, css="meta"),
    ],
    filters=[ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())), ClientFilter()],
    empty=Empty(
        title=gettext_lazy("No other system is told anything"),
        text=gettext_lazy(
            "A web hook sends each event that you choose to an address of yours, signed, and tries again for days. So a "
            "chat, an automation or a data warehouse knows what happened without asking all the time."
        ),
        icon="webhook",
        action=gettext_lazy("Add a web hook"),
        action_url="/webhooks/new/",
        action_permission="webhooks.manage",
    ),
)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The list."""

    table: TableView


@page(
    "webhooks/",
    permission="webhooks.view",
    kind=Kind.LIST,
    title=gettext_lazy("Web hooks"),
    table=WEBHOOKS,
    template="ui/pages/webhooks.html",
    nav=Nav("house", gettext_lazy("Web hooks"), icon="webhook", order=52),
)
def webhooks(request: Request) -> Webhooks:
    """Which other systems are told what."""
    return Webhooks(table_view(WEBHOOKS, request))


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One web hook and its latest messages."""

    title: str
    endpoint: Endpoint
    state: str
    meaning: str
    whose: str
    messages: list[Message]
    failed: bool


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A fresh key; it is shown this once."""

    title: str
    endpoint: Endpoint
    key: str
    changed: bool


class WebhookForm(forms.Form):
    """Where messages go, and which."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Such as “n8n: new assets into the CMDB”.")
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2048,
        help_text=gettext_lazy(
            "https://…; it is sealed, and only its host is shown again. An address within your own network, or one by "
            "plain http, needs an entry in STEWARD_OUTWARD_ALLOW."
        ),
        # Typed like a password: not shown over a shoulder, not given back with an error, not kept in a draft.
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Events of"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("Every client"),
    )
    events = forms.MultipleChoiceField(label=gettext_lazy("It is told of"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Their names are what stands in a message: whoever writes the other side looks for them.
        self.fields["events"].choices = [(each.type, each.type) for each in webhook_events()]  # type: ignore[attr-defined]  # a choice field
        if "client" in self.fields:
            self.fields["client"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField


class WebhookEditForm(WebhookForm):
    """The same of one that exists; whose events it is told stays, and its address unless a new one is given."""

    client = None  # type: ignore[assignment]  # Django's way to leave a field of the base out

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].required = False
        self.fields["url"].help_text = _("Empty: the address stays as it is.")


@page(
    "webhooks/new/",
    permission="webhooks.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New web hook"),
    parent="ui.webhooks",
    template="ui/pages/webhook_key.html",
)
def webhook_new(request: Request) -> FormContext | KeyShown | HttpResponse:
    """Have another system told; the key that signs is on the answer alone."""
    form, made = WebhookForm(posted(request)), list[KeyShown]()

    def act(values: dict[str, Any]) -> Done:
        endpoint, key = endpoint_add(actor=acting(), **values)
        made.append(KeyShown(_("Its key"), endpoint, key, changed=False))
        return Done(_("The web hook “%(name)s” was added.") % {"name": endpoint.name})

    answer = submitted(request, form, act, submit=_("Add web hook"), cancel_url=reverse("ui.webhooks"))
    return made[0] if made else answer


@page(
    "webhooks/<uuid:uid>/",
    permission="webhooks.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Web hook"),
    parent="ui.webhooks",
    template="ui/pages/webhook.html",
)
def webhook(request: Request, uid: UUID) -> WebhookPage:
    """One web hook: what it is told, and what became of it."""
    found = endpoint_by(uid)
    latest = messages_of(found)
    return WebhookPage(
        title=found.name,
        endpoint=found,
        state=str(STATES[found.state]),
        meaning=str(MEANINGS[found.state]),
        whose=whose(found),
        messages=latest[:MESSAGES_SHOWN],
        failed=any(each.again for each in latest),
    )


@verb(webhook, "test", permission="webhooks.manage")
def _test(request: Request, uid: UUID) -> Done:
    endpoint_test(endpoint_by(uid), actor=acting())
    return Done(_("A test message is on its way; what becomes of it stands below."))


@verb(webhook, "switch-on", permission="webhooks.manage")
def _switch_on(request: Request, uid: UUID) -> Done:
    endpoint_switch(endpoint_by(uid), actor=acting(), on=True)
    return Done(_("From now on it is told what happens."))


@verb(webhook, "switch-off", permission="webhooks.manage")
def _switch_off(request: Request, uid: UUID) -> Done:
    endpoint_switch(endpoint_by(uid), actor=acting(), on=False)
    return Done(_("Nothing is sent there any more."))


@verb(webhook, "replay", permission="webhooks.manage")
def _replay(request: Request, uid: UUID) -> Done:
    count = deliveries_replay(endpoint_by(uid), actor=acting())
    return Done(_("%(n)s messages go out again.") % {"n": count})


@verb(webhook, "archive", permission="webhooks.manage")
def _archive(request: Request, uid: UUID) -> Done:
    found = endpoint_by(uid)
    endpoint_archive(found, actor=acting())
    return Done(_("The web hook “%(name)s” was archived.") % {"name": found.name}, goto=reverse("ui.webhooks"))


@page(
    "webhooks/<uuid:uid>/change/",
    permission="webhooks.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change web hook"),
    parent="ui.webhooks",
    template="ui/form.html",
)
def webhook_edit(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change what another system is told, and where."""
    found = endpoint_by(uid)
    back = reverse("ui.webhook", args=[found.uid])
    form = WebhookEditForm(posted(request), initial={"name": found.name, "events": found.events})

    def act(values: dict[str, Any]) -> Done:
        endpoint_edit(found, actor=acting(), **values)
        return Done(_("The web hook was changed."), goto=back)

    return submitted(request, form, act, title=found.name, submit=_("Change web hook"), cancel_url=back)


@page(
    "webhooks/<uuid:uid>/key/",
    permission="webhooks.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change the key"),
    parent="ui.webhooks",
    template="ui/pages/webhook_key.html",
)
def webhook_key(request: Request, uid: UUID) -> FormContext | KeyShown | HttpResponse:
    """Give a web hook a new key; it is on the answer alone."""
    found, made = endpoint_by(uid), list[KeyShown]()

    def act(values: dict[str, Any]) -> Done:
        made.append(KeyShown(_("Its new key"), found, endpoint_key_change(found, actor=acting()), changed=True))
        return Done(_("The key was changed."))

    answer = submitted(
        request,
        forms.Form(posted(request)),
        act,
        title=found.name,
        submit=_("Make a new key"),
        cancel_url=reverse("ui.webhook", args=[found.uid]),
    )
    return made[0] if made else answer
