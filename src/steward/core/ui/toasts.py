# SPDX-License-Identifier: Apache-2.0
"""What a person is told after an action, in the past tense, with a way back where there is one."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from steward.core.access.public import Refused
from steward.core.tenancy.public import Actor, current_scope
from steward.core.ui.table.columns import Words

SALT = "steward.undo"
UNDO_SECONDS = 600
KEPT = "steward_toasts"
R = TypeVar("R", bound=HttpResponseBase)


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an action: its sentence, links, how it is undone, and where the person goes next ("" stays)."""

    text: Words
    links: tuple[tuple[Words, str], ...] = ()
    undo: str = ""
    undo_args: dict[str, Any] | None = None
    goto: str = ""
    sev: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """A message as the page shows it."""

    text: str
    sev: str = ""
    links: tuple[dict[str, str], ...] = ()
    undo: dict[str, str] | None = None


UNDOS: dict[str, Callable[..., Any]] = {}


def undoes(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare how an action is taken back: the function takes (actor=, **undo_args) and calls the reverse action, which asks
    for its own permission."""

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        if name in UNDOS:
            raise ValueError(f"The undo {name} is declared twice")
        UNDOS[name] = run
        return run

    return declare


def toast_of(done: Done) -> Toast:
    """The message for a result."""
    links = tuple({"text": str(words), "url": url} for words, url in done.links)
    return Toast(str(done.text), done.sev, links, _undo(done))


def _undo(done: Done) -> dict[str, str] | None:
    if not done.undo:
        return None
    # Bound to who did it: a token that leaks undoes nothing for another.
    token = signing.dumps([done.undo, done.undo_args or {}, current_scope().actor.user_id], salt=SALT)
    return {"url": "/undo/", "token": token, "text": _("Undo")}


def undo(token: str, *, actor: Actor) -> Done:
    """Take back what `token` stands for. Raises Refused when it is too late or not this person's."""
    try:
        name, args, user_id = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature as bad:
        raise Refused("token", _("It is too late to undo this. Change it by hand.")) from bad
    if user_id != actor.user_id or name not in UNDOS:
        raise Refused("token", _("This can't be undone by you."))
    UNDOS[name](actor=actor, **args)
    return Done(_("Undone."))


def show(response: R, *toasts: Toast) -> R:
    """Have the page show messages when it receives `response`."""
    if toasts:
        told = json.loads(response.headers.get("HX-Trigger", "{}"))
        told["toast"] = [_without_empty(toast) for toast in toasts] if len(toasts) > 1 else _without_empty(toasts[0])
        response.headers["HX-Trigger"] = json.dumps(told)
    return response


def keep(request: HttpRequest, toast: Toast) -> None:
    """Show a message on the next page, after a redirect."""
    request.session[KEPT] = [*request.session.get(KEPT, []), _without_empty(toast)][-5:]


def kept(request: HttpRequest) -> list[Toast]:
    """Messages from before a redirect, once."""
    session = getattr(request, "session", None)
    found = session.pop(KEPT, []) if session is not None and KEPT in session else []
    return [Toast(each["text"], each.get("sev", ""), tuple(each.get("links", ())), each.get("undo")) for each in found]


def _without_empty(toast: Toast) -> dict[str, Any]:
    return {key: value for key, value in asdict(toast).items() if value or key == "text"}
