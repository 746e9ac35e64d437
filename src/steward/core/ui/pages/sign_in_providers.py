# SPDX-License-Identifier: Apache-2.0
"""Who else says who signs in: the providers, adding and changing one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import provider_add, provider_edit, provider_switch
from steward.core.identity.public import callback_address, providers
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.table import Empty, Table
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done

PROVIDERS = Table(
    name="ui.sign_in_providers",
    label=gettext_lazy("sign-in providers"),
    rows=providers,
    url=lambda provider: reverse("ui.sign_in_provider", args=[provider.uid]),
    sort="name",
    search=("name", "issuer"),
    search_words=gettext_lazy("Filter by name or issuer"),
    columns=[
        Column("name", gettext_lazy("Provider"), kind=CellKind.LINK, sort=True),
        Column("issuer", gettext_lazy("Issuer"), kind=CellKind.CODE, sort=True, css="client"),
        Column("enabled", gettext_lazy("In use"), kind=CellKind.BOOL, sort=True, css="state"),
        Column("created_at", gettext_lazy("Added"), kind=CellKind.TIME, sort=True, css="meta"),
    ],
    empty=Empty(
        title=gettext_lazy("People sign in with what is theirs here"),
        text=gettext_lazy(
            "Add a provider that speaks OpenID Connect, such as Entra ID, Keycloak or Google Workspace. Each person then links "
            "it once, while signed in; nobody is let in by an e-mail address."
        ),
        icon="login-2",
        action=gettext_lazy("Add a provider"),
        action_url="/people/sign-in/new/",
        action_permission="people.sign_in_manage",
    ),
)


@dataclass(frozen=True, slots=True)
class SignInProviders:
    """The list."""

    table: TableView


@page(
    "people/sign-in/",
    permission="people.sign_in_view",
    kind=Kind.LIST,
    title=gettext_lazy("Sign-in providers"),
    table=PROVIDERS,
    template="ui/pages/sign_in_providers.html",
    nav=Nav("house", gettext_lazy("Sign-in providers"), icon="login-2", order=12),
)
def sign_in_providers(request: Request) -> SignInProviders:
    """Who else says who signs in."""
    return SignInProviders(table_view(PROVIDERS, request))


class ProviderForm(forms.Form):
    """A provider that speaks OpenID Connect."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=60, help_text=gettext_lazy("What stands on the button to sign in.")
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=255,
        help_text=gettext_lazy(
            "As it stands in the provider’s /.well-known/openid-configuration. It can’t be changed later: with it every link "
            "would mean somebody else."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=255)
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=255,
        help_text=gettext_lazy("It is sealed and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    factor_means = forms.CharField(
        label=gettext_lazy("Counts as a second factor"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy(
            "Values of amr or acr, one a line, such as mfa. Only where the provider really asks for a second factor; empty: "
            "whoever has one here is asked for it."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def clean_factor_means(self) -> list[str]:
        """One value a line."""
        return str(self.cleaned_data["factor_means"]).split("\n")


class ProviderEditForm(ProviderForm):
    """The same of one that exists; its issuer stays, and its secret unless a new one is given."""

    issuer = None  # type: ignore[assignment]  # Django's way to leave a field of the base out

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_secret"].required = False
        self.fields["client_secret"].help_text = _("Empty: the secret stays as it is.")


@page(
    "people/sign-in/new/",
    permission="people.sign_in_manage",
    kind=Kind.FORM,
    title=gettext_lazy("New sign-in provider"),
    parent="ui.sign_in_providers",
    template="ui/form.html",
)
def sign_in_provider_new(request: Request) -> FormContext | HttpResponse:
    """Let people sign in with a provider."""

    def act(values: dict[str, Any]) -> Done:
        made = provider_add(actor=acting(), **values)
        return Done(
            _("%(name)s was added. Enter the address of this page at the provider, then link your own account.")
            % {"name": made.name},
            goto=reverse("ui.sign_in_provider", args=[made.uid]),
        )

    cancel = reverse("ui.sign_in_providers")
    return submitted(request, ProviderForm(posted(request)), act, submit=_("Add provider"), cancel_url=cancel)


@page(
    "people/sign-in/<uuid:uid>/",
    permission="people.sign_in_manage",
    kind=Kind.FORM,
    title=gettext_lazy("Sign-in provider"),
    parent="ui.sign_in_providers",
    template="ui/pages/sign_in_provider.html",
)
def sign_in_provider(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change a provider."""
    found = providers().get(uid=uid)
    initial = {"name": found.name, "client_id": found.client_id, "factor_means": "\n".join(found.factor_means)}
    form = ProviderEditForm(posted(request), initial=initial)

    def act(values: dict[str, Any]) -> Done:
        provider_edit(found, actor=acting(), **values)
        return Done(_("The provider was changed."), goto=reverse("ui.sign_in_providers"))

    return submitted(
        request,
        form,
        act,
        title=found.name,
        submit=_("Change provider"),
        cancel_url=reverse("ui.sign_in_providers"),
        extra={"provider": found, "callback": callback_address(found)},
    )


@verb(sign_in_provider, "switch-on", permission="people.sign_in_manage")
def _switch_on(request: Request, uid: UUID) -> Done:
    provider_switch(providers().get(uid=uid), actor=acting(), on=True)
    return Done(_("It stands on the page to sign in again."))


@verb(sign_in_provider, "switch-off", permission="people.sign_in_manage")
def _switch_off(request: Request, uid: UUID) -> Done:
    provider_switch(providers().get(uid=uid), actor=acting(), on=False)
    return Done(_("Nobody signs in with it any more. Sessions that began with it go on."))
