# SPDX-License-Identifier: Apache-2.0
"""The page behind the link in a message, for somebody with a phone at night, who need not sign in.

Looking changes nothing, since mail scanners look at every link. Answering takes a POST with the link's own key in its body,
which is the proof that other pages have from a cookie; so there is neither cookie nor cross-site token here."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from steward.core.access.public import actor_for
from steward.core.notify.public import known_language, known_zone
from steward.core.rest.public import PUBLIC, Rate, spend
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.oncall.actions import page_acknowledge
from steward.desk.oncall.kinds import severity_of, title_of
from steward.desk.oncall.links import link_of
from steward.desk.oncall.models import AnswerLink, Page
from steward.desk.oncall.reaching import db_now, may_be_paged

ANYBODY: Final = Rate(2, 60)
GUESSING: Final = Rate(0.5, 60)
# The key stands in the address. Not `no-referrer`: browsers then say of a form that it came from nowhere, which is what another
# site's would say too. This tells the origin alone, never the path, also to ourselves.
HEADERS: Final = {"Referrer-Policy": "strict-origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows."""

    title: str
    severity: str
    client: str
    opened_at: datetime
    state: str
    by: str
    at: datetime | None
    key: str
    said: str


@csrf_exempt
def answer(request: HttpRequest, key: str) -> HttpResponse:
    """Show the page (GET, HEAD) or acknowledge it (POST)."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    address = request.META.get("REMOTE_ADDR", "")
    if wait := spend(f"oncall.answer:{address}", ANYBODY):
        return _sorry(HTTPStatus.TOO_MANY_REQUESTS, _("Too many requests. Wait a moment, then try again."), wait)
    with scoped(system_scope("oncall.answer")):
        link = link_of(key)
        if link is None:
            # Asked after the link was looked for: whoever guesses from the same address does not shut out one who knows.
            wait = spend(f"oncall.answer.wrong:{address}", GUESSING)
            return _unknown(wait)
        person = link.person
        with translation.override(known_language(person.language)), timezone.override(known_zone(person.timezone)):
            return _answered(request, link, key)


answer.steward_permission = PUBLIC  # type: ignore[attr-defined]  # read by the check that no route is without a policy


def _answered(request: HttpRequest, link: AnswerLink, key: str) -> HttpResponse:
    if link.expires_at <= db_now():
        words = _("This link has expired. Sign in and look at the pages there; whoever is on duty now has been called.")
        return _sorry(HTTPStatus.GONE, words)
    if not may_be_paged(link.person, link.client_id):
        words = _("This link is no longer good: the person it was made for may not acknowledge pages any more.")
        return _sorry(HTTPStatus.GONE, words)
    if request.method != "POST":
        return _shown(link, key, "")
    if not constant_time_compare(request.POST.get("key", ""), key):
        words = _(
            "The button was not pressed on this page, so nothing was done. Open the link again and press it there."
        )
        return _sorry(HTTPStatus.BAD_REQUEST, words)
    return _shown(link, key, _acknowledged(link))


def _acknowledged(link: AnswerLink) -> str:
    scope = system_scope("oncall.answer", frozenset({link.client_id}))
    with scoped(scope):
        changed = page_acknowledge(link.page, actor=actor_for(link.person), via="link")
    link.page.refresh_from_db()
    if changed:
        return _("You acknowledged it. Nobody else is called.")
    if link.page.state == Page.State.ENDED:
        return _("It was over already; nothing was changed.")
    return _("It was acknowledged already; nothing was changed.")


def _shown(link: AnswerLink, key: str, said: str) -> HttpResponse:
    page = link.page
    shown = Answer(
        title=title_of(page.kind, page.params),
        severity=severity_of(page.kind),
        client=page.client.name,
        opened_at=page.opened_at,
        state=page.state,
        by=str(page.acknowledged_by) if page.acknowledged_by else "",
        at=page.ended_at if page.state == Page.State.ENDED else page.acknowledged_at,
        key=key if page.is_unanswered else "",
        said=said,
    )
    # Without the request: what would come with it sets a cookie and asks who is signed in.
    return HttpResponse(render_to_string("oncall/answer.html", {"page": shown}), headers=HEADERS)


def _unknown(wait: int) -> HttpResponse:
    if wait:
        return _sorry(HTTPStatus.TOO_MANY_REQUESTS, _("Too many requests. Wait a moment, then try again."), wait)
    words = _("There is no such link; perhaps it was cut off on its way. Sign in and look at the pages there.")
    return _sorry(HTTPStatus.NOT_FOUND, words)


def _sorry(status: HTTPStatus, words: str, wait: int = 0) -> HttpResponse:
    html = render_to_string("oncall/answer_sorry.html", {"words": words})
    return HttpResponse(html, status=status, headers=HEADERS | ({"Retry-After": str(wait)} if wait else {}))
