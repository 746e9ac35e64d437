# SPDX-License-Identifier: Apache-2.0
"""One's own account: profile, sign-in, sessions, tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import (
    ApiToken,
    own_identity_unlink,
    own_session_end,
    own_sessions,
    own_sessions_end,
    permissions,
    profile_set,
    roles_of,
    token_mint,
    token_revoke,
)
from steward.core.identity.public import (
    ExternalIdentity,
    OidcProvider,
    User,
    has_second_factor,
    identities_of,
    offered,
    proof_needed,
)
from steward.core.rest.public import SIGNED_IN
from steward.core.tenancy.public import Client
from steward.core.ui.devices import device_words
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.pages.person_forms import languages
from steward.core.ui.pages.sessions import SessionView, posted_uid, session_views
from steward.core.ui.registry import Kind, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.toasts import Done
from steward.core.ui.zones import zone_choices

TOKEN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Account:
    """One's own page."""

    title: str
    person: User
    roles: list[str]
    sessions: list[SessionView]
    tokens: Sequence[ApiToken]
    second_factor: bool
    identities: list[ExternalIdentity]
    to_link: list[OidcProvider]


@dataclass(frozen=True, slots=True)
class TokenMade:
    """A fresh token; its secret is shown this once."""

    title: str
    token: ApiToken
    secret: str


@page(
    "account/",
    permission=SIGNED_IN,
    kind=Kind.RECORD,
    title=gettext_lazy("My account"),
    template="ui/pages/account.html",
)
def account(request: Request) -> Account:
    """Who one is here, and where one is signed in."""
    identities = identities_of(request.user)
    linked = {each.provider_id for each in identities}
    return Account(
        title=_("My account"),
        person=request.user,
        roles=sorted(str(role.label) for role in roles_of(request.user)),
        sessions=session_views(own_sessions(actor=acting()), request.session.session_key),
        tokens=list(ApiToken.objects.filter(user=request.user, revoked_at__isnull=True).order_by("-created_at")),
        second_factor=has_second_factor(request.user),
        identities=identities,
        to_link=[each for each in offered() if each.pk not in linked],
    )


@verb(account, "end-session", permission=SIGNED_IN)
def _end_session(request: Request) -> Done:
    ended = own_session_end(posted_uid(request), actor=acting(), here=request.session.session_key)
    return Done(_("The session on %(device)s has ended.") % {"device": device_words(ended.user_agent)})


@verb(account, "sign-out-others", permission=SIGNED_IN)
def _sign_out_others(request: Request) -> Done:
    ended = own_sessions_end(actor=acting(), but=request.session.session_key)
    return Done(_("You were signed out in %(n)s other places.") % {"n": ended})


@verb(account, "revoke-token", permission="tokens.mint")
def _revoke_token(request: Request) -> Done:
    token = ApiToken.objects.filter(user=request.user, uid=posted_uid(request)).first()
    if token is None:
        raise Http404
    token_revoke(token, actor=acting())
    return Done(_("The token “%(name)s” gives nothing any more.") % {"name": token.name})


@verb(account, "unlink", permission=SIGNED_IN)
def _unlink(request: Request) -> Done:
    try:
        gone = own_identity_unlink(posted_uid(request), actor=acting())
    except ExternalIdentity.DoesNotExist:
        raise Http404 from None
    return Done(_("%(name)s does not sign you in any more.") % {"name": gone.provider.name})


class ProfileForm(forms.Form):
    """How one is called, and reads."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=languages)
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        help_text=gettext_lazy("Times are shown in it, except where a client’s zone judges a promise."),
    )


@page(
    "account/profile/",
    permission=SIGNED_IN,
    kind=Kind.FORM,
    title=gettext_lazy("Change my profile"),
    parent="ui.account",
    template="ui/form.html",
)
def profile(request: Request) -> FormContext | HttpResponse:
    """Change one's own name, language and zone."""
    person = request.user
    form = ProfileForm(
        posted(request), initial={"name": person.name, "language": person.language, "timezone": person.timezone}
    )

    def act(values: dict[str, Any]) -> Done:
        profile_set(actor=acting(), name=values["name"], language=values["language"], timezone_name=values["timezone"])
        return Done(_("Your profile was changed."), goto=reverse("ui.account"))

    return submitted(request, form, act, submit=_("Change profile"), cancel_url=reverse("ui.account"))


class TokenForm(forms.Form):
    """What a token may do, for whom, and how long."""

    name = forms.CharField(
        label=gettext_lazy("What uses it"), max_length=80, help_text=gettext_lazy("Such as “backup script on nas-01”.")
    )
    permissions = forms.MultipleChoiceField(label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple)
    clients: "forms.ModelMultipleChoiceField[Client]" = forms.ModelMultipleChoiceField(
        None,
        label=gettext_lazy("For these clients alone"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: for every client that you see."),
    )
    expires = forms.DateField(
        label=gettext_lazy("Until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("At most one year ahead."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [(code, each.label) for code, each in permissions().items() if acting().may(code)]
        self.fields["permissions"].choices = held  # type: ignore[attr-defined]  # a choice field
        self.fields["clients"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        self.fields["expires"].initial = timezone.localdate() + timedelta(days=TOKEN_DAYS)


@page(
    "account/tokens/new/",
    permission="tokens.mint",
    kind=Kind.FORM,
    title=gettext_lazy("New API token"),
    parent="ui.account",
    template="ui/pages/token_new.html",
)
def token_new(request: Request) -> FormContext | TokenMade | HttpResponse:
    """Make a personal token; its secret is on the answer alone, and kept nowhere. Asks first who one is: it outlives the session."""
    if asked := proof_needed(request):
        return asked
    form, made = TokenForm(posted(request)), list[TokenMade]()

    def act(values: dict[str, Any]) -> Done:
        until = timezone.make_aware(datetime.combine(values["expires"], time.max))
        token, secret = token_mint(
            actor=acting(),
            name=values["name"],
            permissions=values["permissions"],
            clients=values["clients"] or None,
            expires_at=until,
        )
        made.append(TokenMade(_("Your new token"), token, secret))
        return Done(_("The token “%(name)s” was made.") % {"name": token.name})

    answer = submitted(request, form, act, submit=_("Make token"), cancel_url=reverse("ui.account"))
    return made[0] if made else answer
