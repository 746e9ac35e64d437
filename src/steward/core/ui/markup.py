# SPDX-License-Identifier: Apache-2.0
"""The small pieces that a list or a board has hundreds of, written in Python: a template would ask each of them ten questions.

The parts and cells of the same names in `templates/ui/` draw with these, so that there is one of each.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from steward.core.ui.ages import age

NOTHING: Final = mark_safe("")
_KEPT: Final = mark_safe(" data-relative")
SEVERITIES: Final = {
    "critical": gettext_lazy("Critical"),
    "high": gettext_lazy("High"),
    "medium": gettext_lazy("Medium"),
    "low": gettext_lazy("Low"),
    "fine": gettext_lazy("Fine"),
    "unknown": gettext_lazy("Unknown"),
}
PRIORITIES: Final = {1: "critical", 2: "high", 3: "medium", 4: "low"}


@lru_cache(maxsize=1024)
def icon(name: str, css: str = "") -> SafeString:
    """A Tabler icon, of the size of the text around it."""
    own = f" {css}" if css else ""
    return format_html(
        '<svg class="ti ti-{}{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        name,
        own,
        static("vendor/icons.svg"),
        name,
    )


def shape(severity: str) -> SafeString:
    """The shape of a severity; colour comes from the nearest `data-sev`."""
    return format_html('<svg class="st-shape" aria-hidden="true"><use href="#sh-{}"/></svg>', severity)


def priority(value: int) -> SafeString:
    """P1 to P4, with shape, word and colour."""
    severity = PRIORITIES.get(value, "unknown")
    return format_html(
        '<span class="st-prio" data-sev="{}" title="P{}: {}">{}P{}</span>',
        severity,
        value,
        SEVERITIES[severity],
        shape(severity),
        value,
    )


def initials(name: str) -> str:
    """The letters in a person's picture: first and last word."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def person(
    name: Any, *, me: bool = False, url: str = "", note: Any = "", large: bool = False, only_picture: bool = False
) -> SafeString:
    """Somebody, by picture and name; without a name: nobody yet."""
    if not name:
        return format_html(
            '<span class="st-person st-3"><span class="st-av none" aria-hidden="true"></span><span class="name">{}</span></span>',
            _("Nobody yet"),
        )
    if only_picture:
        named = format_html('<span class="st-sr">{}</span>', name)
    elif url:
        named = format_html('<a href="{}">{}</a>', url, name)
    else:
        named = format_html('<span class="name">{}</span>', name)
    return format_html(
        '<span class="st-person" translate="no"><span class="st-av{}{}" aria-hidden="true">{}</span>{}{}</span>',
        " me" if me else "",
        " lg" if large else "",
        initials(name),
        named,
        format_html(' <span class="st-3" translate="yes">{}</span>', note) if note else NOTHING,
    )


def absolute_words(at: datetime) -> str:
    """`at` in the reader's zone, to the second, the zone named."""
    return _absolute(timezone.localtime(at))


def _absolute(local: datetime) -> str:
    return f"{_day(local.date(), get_language())}, {local:%H:%M:%S} {timezone.get_current_timezone_name()}"


@lru_cache(maxsize=4096)
def _day(day: date, _language: str | None) -> str:
    """A day in the words of the language that is active: a page names a few days hundreds of times."""
    return date_format(day, "D j M Y")


def relative_words(at: datetime) -> str:
    """How long ago `at` is, as "2 min ago"."""
    return age(timezone.now() - at)


def moment(at: datetime | None, absolute: str | None = "") -> SafeString:
    """A moment: relative, which the scripts keep current, or as the date format `absolute`; in full on hover."""
    if not at:
        return NOTHING
    local = timezone.localtime(at)
    shown, kept = (date_format(local, absolute), NOTHING) if absolute else (relative_words(at), _KEPT)
    return format_html(
        '<time class="st-time" datetime="{}" title="{}"{}>{}</time>', local.isoformat(), _absolute(local), kept, shown
    )


def subject(title: Any, url: str = "", number: str = "", sub: Any = "", card: str = "") -> SafeString:
    """The name of a record in a row; `card` is the address of its hover card, `sub` a second line."""
    name = (
        format_html('<a href="{}"{} translate="no">{}</a>', url, _said("data-card", card), title)
        if url
        else format_html('<b translate="no">{}</b>', title)
    )
    return format_html(
        '<div class="subj">{}{}</div>{}',
        format_html('<span class="no">{}</span>', number) if number else NOTHING,
        name,
        format_html('<div class="st-s st-3 st-ell">{}</div>', sub) if sub else NOTHING,
    )


def promise(bar: Any) -> SafeString:
    """A compact promise bar, which leads to its explanation; `bar` as parts/promise.html describes it."""
    given = bar if isinstance(bar, dict) else {name: getattr(bar, name, "") for name in _BAR}
    if given.get("none"):
        why = format_html(' <a href="{}">{}</a>', given["why_url"], _("Why?")) if given.get("why_url") else NOTHING
        return format_html('<span class="st-promise-none st-3">{}{}</span>', _("No promise covers this"), why)
    return format_html(
        '<a class="st-promise" data-state="{}" href="{}" aria-label="{}">{}<span class="left">{}</span>{}</a>',
        given["state"],
        given["url"],
        _("%(what)s: %(left)s. Explain") % {"what": given["label"], "left": given["left"]},
        _drawing(given),
        given["left"],
        format_html('<span class="due">{}</span>', given["due"]) if given.get("due") else NOTHING,
    )


PLACE: Final = "-number-"
_BAR: Final = ("state", "left", "label", "url", "due", "rects", "ticks", "due_x", "none", "why_url")


def _drawing(bar: dict[str, Any]) -> SafeString:
    """Its picture. Nothing of it is escaped: promise.py makes these places of numbers and of names of its own."""
    pieces = [
        f'<rect class="{each.css}" x="{each.x}" y="{each.y}" width="{each.width}" height="{each.height}"/>'
        for each in bar["rects"]
    ]
    pieces += [
        f'<line class="s-tick{" hit" if each.hit else ""}" x1="{each.x}" x2="{each.x}" y1="0" y2="4"/>'
        for each in bar["ticks"]
    ]
    if due := bar["due_x"]:
        pieces.append(f'<line class="s-due" x1="{due}" x2="{due}" y1="1" y2="15"/>')
    return mark_safe(f'<svg aria-hidden="true">{"".join(pieces)}</svg>')  # noqa: S308  numbers, see above


def _said(name: str, value: str) -> SafeString:
    return format_html(' {}="{}"', name, value) if value else NOTHING


def tile(card: dict[str, Any], moves: str = "", *, draggable: bool = False) -> SafeString:
    """A card of a board, as parts/board.html describes it, with the menu of its lane."""
    someone = card["person"]
    return format_html(
        '<li class="{}"{}><div class="st-row">{}<span class="st-s st-3 st-ell">{}</span>{}</div>'
        '<div class="subj"><span class="no">{}</span> <a href="{}" translate="no">{}</a></div>{}{}</li>',
        f"st-tile {card['css']}" if card.get("css") else "st-tile",
        mark_safe(' draggable="true"') if draggable and moves else NOTHING,
        priority(card["priority"]) if card.get("priority") else NOTHING,
        card["client"],
        mark_safe(moves.replace(PLACE, escape(card["number"]))),  # noqa: S308  drawn by drawn_moves
        card["number"],
        card["url"],
        card["title"],
        promise(card["bar"]) if card.get("bar") else NOTHING,
        person(someone.get("name"), me=someone.get("me", False)),
    )


def drawn_moves(items: Sequence[dict[str, Any]]) -> SafeString:
    """The menu by which cards of a lane are moved, drawn once; PLACE stands where a card's number belongs."""
    if not items:
        return NOTHING
    return format_html(
        '<span class="st-end"><details class="st-drop end"><summary class="btn btn-quiet btn-icon" aria-label="{}">{}</summary>'
        '<div class="st-menu">{}</div></details></span>',
        _("Move to"),
        icon("dots"),
        format_html_join("", "{}", ((menu_item(each),) for each in items)),
    )


def menu_item(item: dict[str, Any]) -> SafeString:
    """A choice that leads somewhere or does something, as parts/menu.html describes it."""
    picture = icon(item["icon"]) if item.get("icon") else NOTHING
    key = format_html("<kbd>{}</kbd>", item["key"]) if item.get("key") else NOTHING
    to = _said("data-to", item.get("to", ""))
    if item.get("post"):
        return format_html(
            '<button type="button"{} hx-post="{}" hx-target="{}" hx-select="{}" hx-swap="outerHTML show:none"{}{}{}>{}{}{}</button>',
            to,
            item["post"],
            item.get("swap") or "#main",
            item.get("swap") or "#main",
            _said("data-confirm", item.get("confirm", "")),
            _said("data-typed", item.get("typed", "")),
            mark_safe(" data-danger") if item.get("danger") else NOTHING,
            picture,
            item["label"],
            key,
        )
    on = bool(item.get("on"))
    return format_html(
        '<a href="{}"{}{}{}>{}{}{}</a>',
        item["url"],
        to,
        mark_safe(' aria-current="true"') if on else NOTHING,
        _said("data-key", item.get("key", "")),
        picture,
        item["label"],
        key or (icon("check", "on") if on else NOTHING),
    )
