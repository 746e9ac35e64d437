# SPDX-License-Identifier: Apache-2.0
"""Signing in with a provider, and linking one to an account by whoever is signed in. Outside of a transaction while the provider
is waited for."""

import time
from typing import Any, Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from steward.core.audit.public import audit
from steward.core.identity.external import (
    NotToLink,
    client_of,
    counts_as_factor,
    link,
    offered,
    person_of,
)
from steward.core.identity.fresh import proof_needed
from steward.core.identity.models import OidcProvider, User
from steward.core.identity.oidc import (
    Attempt,
    Proof,
    Untrusted,
    answered,
    authorization_address,
    discover,
    new_attempt,
    redeem,
)
from steward.core.identity.stages import BY_PROVIDER
from steward.core.tenancy.public import scoped, system_scope

KEPT: Final = "steward_oidc"
GOOD_FOR: Final = 600  # seconds from the button to the answer
WORDS: Final = {
    "unreached": _("The provider can’t be asked at the moment. Sign in another way, or try again in a while."),
    "untrusted": _(
        "What the provider answered can’t be believed, so nothing was done. Begin again; if it stays so, tell who looks after "
        "Steward."
    ),
    "stale": _("This sign-in was begun elsewhere, or too long ago. Begin again."),
    "unknown": _(
        "Nobody here is linked to this account. Sign in as usual, then link it under My account; an e-mail address alone links "
        "nothing."
    ),
    "taken": _("This account is linked to somebody else here."),
    "another": _("Another account of this provider is linked to you. Take that link away first."),
}


@require_POST
@transaction.non_atomic_requests
def begin(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the way to the provider, and remember what its answer must match."""
    if (limited := ratelimit.consume_or_429(request, action="login")) is not None:
        answer: HttpResponse = limited
        return answer
    provider = _provider(uid)
    linking = request.user.is_authenticated
    if linking and proof_needed(request) is not None:
        # Back to one's own page afterwards: what asked can only be posted.
        return HttpResponseRedirect(
            f"{reverse('account_reauthenticate')}?{REDIRECT_FIELD_NAME}={reverse('ui.account')}"
        )
    attempt = new_attempt()
    try:
        address = authorization_address(discover(provider.issuer), client_of(provider), attempt)
    except Untrusted as why:
        return _refused(request, provider, "unreached", why.code)
    request.session[KEPT] = {
        "provider": str(provider.uid),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "person": request.user.pk if linking else None,
        "next": _safe_next(request),
        "at": time.time(),
    }
    # A page and no redirect: the browser takes a form of ours to nobody else (form-action of our policy).
    return _page(request, "identity/oidc_away.html", {"provider": provider, "address": address}, 200)


@require_GET
@transaction.non_atomic_requests
def callback(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the provider's answer: sign the person in who is linked, or link who began it while signed in."""
    provider = _provider(uid)
    # For one answer, whatever it is: who plays it again finds nothing.
    kept = request.session.pop(KEPT, None)
    if not _is_ours(kept, provider, request.user):
        # Any page may send a browser here, as often as it likes; what is written down of it stays for good.
        if (limited := ratelimit.consume_or_429(request, action="oidc_answer", limit_get=True)) is not None:
            refused: HttpResponse = limited
            return refused
        return _refused(request, provider, "stale", "no_attempt")
    attempt = Attempt(kept["state"], kept["nonce"], kept["verifier"])
    try:
        found = discover(provider.issuer)
        code = answered(found, attempt, request.GET.dict())
        proof = redeem(found, client_of(provider), attempt, code)
    except Untrusted as why:
        return _refused(request, provider, "untrusted", why.code)
    if kept["person"] is not None:
        return _linked(request, provider, proof)
    return _signed_in(request, provider, proof, kept["next"])


def _linked(request: HttpRequest, provider: OidcProvider, proof: Proof) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        with transaction.atomic():
            made = link(request.user, provider, proof)
            audit("identity.external.link", request.user, provider=provider.name, identity=made.uid)
            get_adapter().send_notification_mail(
                "identity/email/provider_linked", request.user, {"provider": provider}, email=request.user.email
            )
    except NotToLink as why:
        return _refused(request, provider, why.code, why.code)
    except OidcProvider.DoesNotExist:
        raise Http404 from None
    return HttpResponseRedirect(reverse("ui.account"))


@transaction.atomic
def _signed_in(request: HttpRequest, provider: OidcProvider, proof: Proof, then: str | None) -> HttpResponse:
    person = person_of(provider, proof)
    if person is None:
        return _refused(request, provider, "unknown", "unknown")
    record_authentication(request, person, "oidc", provider=provider.name)
    state: dict[str, Any] = {BY_PROVIDER: counts_as_factor(provider, proof)}
    answer: HttpResponse = perform_login(request, Login(user=person, redirect_url=then, state=state))
    return answer


def _provider(uid: UUID) -> OidcProvider:
    found = next((each for each in offered() if each.uid == uid), None)
    if found is None:
        raise Http404
    return found


def _is_ours(kept: Any, provider: OidcProvider, user: Any) -> bool:
    if not isinstance(kept, dict) or kept["provider"] != str(provider.uid):
        return False
    # Who began it signed in is still signed in, and who began it as a stranger is still one.
    own = user.pk if user.is_authenticated else None
    return bool(kept["person"] == own and time.time() - kept["at"] <= GOOD_FOR)


def _safe_next(request: HttpRequest) -> str | None:
    wanted = request.POST.get(REDIRECT_FIELD_NAME)
    return wanted if wanted and get_adapter().is_safe_url(wanted) else None


def _refused(request: HttpRequest, provider: OidcProvider, words: str, why: str) -> HttpResponse:
    person = request.user if isinstance(request.user, User) else None
    with scoped(system_scope("sign-in")), transaction.atomic():
        audit("identity.sign_in.fail", person, by="oidc", provider=provider.name, why=why)
    context = {"provider": provider, "words": WORDS[words], "linking": person is not None}
    return _page(request, "identity/oidc_refused.html", context, 403)


@transaction.atomic
def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, template, context, status=status)
