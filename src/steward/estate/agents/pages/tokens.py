# SPDX-License-Identifier: Apache-2.0
"""Making enrolment tokens, and one token."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.crypto.public import CannotDecrypt, decrypt, encrypt
from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, verb
from steward.estate.agents import queries
from steward.estate.agents.actions import token_mint, token_revoke
from steward.estate.agents.forms import TokenForm, WhoseForm
from steward.estate.agents.models import Agent, EnrolmentToken
from steward.estate.agents.records import token_url
from steward.estate.agents.tables import TOKEN_WORDS, token_state
from steward.settings.env import get_settings

SHOWN_ONCE = "agents.new_token"
SEALED_FOR = "agents.new_token"


@dataclass(frozen=True, slots=True)
class TokenPage:
    """A token's record. `text` is there once, right after it was made."""

    title: str
    token: EnrolmentToken
    state: str
    state_words: Any
    text: str
    command: str
    agents: list[Agent]


@page(
    "agents/tokens/new/",
    permission="agents.enrol",
    kind=Kind.FORM,
    title=gettext_lazy("New enrolment token"),
    parent="agents.tokens",
    template="ui/form.html",
)
def token_new(request: Request) -> FormContext | HttpResponse:
    """Make a token; whose machines, is asked first."""
    client = _client(request)
    if client is None:
        return _whose(request)

    def act(values: dict[str, Any]) -> Done:
        made = token_mint(
            client, actor=acting(), name=values["name"], expires_at=timezone.now() + timedelta(hours=values["hours"]),
            max_uses=values["max_uses"], pre_approved=values.get("pre_approved", False), site=values["site"],
        )  # fmt: skip
        # For one reading, and sealed: sessions lie in the database, and so in its backups.
        request.session[SHOWN_ONCE] = encrypt(SEALED_FOR, made.text.encode(), context=made.token.uid.bytes)
        return Done(
            _("The token %(name)s was made. Copy it now: it is shown once.") % {"name": made.token.name},
            goto=token_url(made.token),
        )

    form = TokenForm(posted(request), client=client, may_preapprove=acting().may("agents.preapprove"))
    title = _("New enrolment token of %(client)s") % {"client": client.name}
    return submitted(request, form, act, title=title, submit=_("Make token"), cancel_url=reverse("agents.tokens"))


@page(
    "agents/tokens/<uuid:uid>/",
    permission="agents.enrol",
    kind=Kind.RECORD,
    title=gettext_lazy("Enrolment token"),
    parent="agents.tokens",
)
def token(request: Request, uid: UUID) -> TokenPage:
    """One token, and who came by it."""
    found = queries.tokens().get(uid=uid)
    text = _once(request, found)
    return TokenPage(
        title=found.name,
        token=found,
        state=token_state(found),
        state_words=TOKEN_WORDS[token_state(found)],
        text=text,
        # By standard input: command lines are seen by everybody on the machine.
        command=f"echo {text} | steward-agent enroll {get_settings().base_url} -" if text else "",
        agents=list(queries.agents().filter(token=found).order_by("-enrolled_at")[:50]),
    )


@verb(token, "revoke", permission="agents.enrol")
def revoke(request: Request, uid: UUID) -> Done:
    """Let nobody else in with a token."""
    found = token_revoke(queries.tokens().get(uid=uid), actor=acting())
    return Done(_("The token %(name)s was revoked.") % {"name": found.name})


def _once(request: Request, token: EnrolmentToken) -> str:
    sealed = request.session.get(SHOWN_ONCE)
    if not sealed:
        return ""
    try:
        text = decrypt(SEALED_FOR, sealed, context=token.uid.bytes).decode()
    except CannotDecrypt:
        return ""  # another token's
    del request.session[SHOWN_ONCE]
    return text


def _client(request: Request) -> Client | None:
    choices = queries.open_clients()
    if slug := request.GET.get("client", ""):
        return choices.get(slug=slug)
    found = list(choices[:2])
    return found[0] if len(found) == 1 else None


def _whose(request: Request) -> FormContext | HttpResponse:
    form = WhoseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(f"{request.path}?client={form.cleaned_data['client'].slug}")
    status = 422 if request.method == "POST" else 200
    return FormContext(
        form, title=_("New enrolment token"), submit=_("Continue"), cancel_url=reverse("agents.tokens"), status=status
    )
