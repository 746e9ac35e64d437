# SPDX-License-Identifier: Apache-2.0
"""What every page can ask for: the palette's findings, taking something back, a hover card, the bell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from steward.core.access.public import RefusedMany
from steward.core.rest.public import SIGNED_IN
from steward.core.ui.answers import guarded
from steward.core.ui.bell import bell_of
from steward.core.ui.palette import found_for
from steward.core.ui.registry import room_of
from steward.core.ui.request import Request, acting
from steward.core.ui.toasts import Done, keep, show, toast_of, undo

LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Card:
    """How a kind of record is shown when pointed at."""

    kind: str
    permission: str
    template: str
    view: Callable[..., Any]


CARDS: dict[str, Card] = {}


def hover_card(kind: str, *, permission: str, template: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the hover card of a kind of record: the function takes (request, uid) and returns a frozen dataclass, which the
    template `<room>/<function name>.html` gets as `card`. Links carry data-card="/card/<kind>/<uid>/"."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        if kind in CARDS:
            raise ValueError(f"{kind} has a hover card already")
        CARDS[kind] = Card(kind, permission, template or f"{room_of(view)}/{view.__name__}.html", view)
        return view

    return declare


def _palette(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    groups = found_for(request.GET.get("q", "").strip()[:LONGEST_QUERY])
    return render(request, "ui/parts/palette_results.html", {"groups": groups})


def _undo(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        with transaction.atomic():
            done = undo(request.POST.get("token", ""), actor=acting())
    except RefusedMany as refused:
        words = " ".join(str(each) for each in refused.errors.values())
        return _told(request, Done(words, sev="high"), 422)
    return _told(request, done, 200)


def _told(request: HttpRequest, done: Done, status: int) -> HttpResponse:
    toast = toast_of(done)
    if cast(Request, request).htmx:
        return show(HttpResponse(status=status), toast)
    keep(request, toast)
    return redirect("/")


def _card(request: HttpRequest, kind: str, uid: UUID) -> HttpResponse:
    card = CARDS.get(kind)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if card is None or not (card.permission == SIGNED_IN or acting().may(card.permission)):
        raise Http404
    return render(request, card.template, {"card": card.view(request, uid)})


def _bell(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return render(request, "ui/parts/bell.html", {"bell": bell_of(cast(Request, request).user)})


def tool_urls() -> list[URLPattern]:
    """Their addresses."""
    return [
        path("palette", guarded(SIGNED_IN, _palette), name="ui.palette"),
        path("inbox/bell/", guarded(SIGNED_IN, _bell), name="ui.bell"),
        path("undo/", guarded(SIGNED_IN, _undo), name="ui.undo"),
        path("card/<str:kind>/<uuid:uid>/", guarded(SIGNED_IN, _card), name="ui.card"),
    ]
