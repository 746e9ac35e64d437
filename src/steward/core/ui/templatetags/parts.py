# SPDX-License-Identifier: Apache-2.0
"""The tags that pages are written with: `{% load parts %}`.

    {% part "severity" sev="high" %}                   a part without content
    {% wrap "panel" title=_("Facts") %} … {% endwrap %}  a part around content, which it receives as `content`
    {% fill do %} … {% endfill %}                      inside a wrap: content for a named place of the part
    {% icon "plus" %}  {% shape "high" %}              a Tabler icon, a severity's shape

A part sees what it is given and nothing else of the page, so a name of the page never leaks into it. What each part
takes stands on top of its file in `templates/ui/parts/`.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.base import FilterExpression, Node, NodeList, Parser, Template, Token, Variable, token_kwargs
from django.template.context import Context
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from steward.core.ui import markup
from steward.core.ui.ages import PHRASES
from steward.core.ui.devices import device_words
from steward.core.ui.file_marks import FILE_MARKS, FileMark
from steward.core.ui.file_marks import file_icon as icon_of_type
from steward.core.ui.icons import drawn_icons

register = template.Library()

_PASSED_ALONG = ("request", "csrf_token")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state is drawn: tone "go" while work goes on, "ok" when done, "bad" when it failed."""

    icon: str
    tone: str = ""


STATES = {
    **dict.fromkeys(("new", "draft", "queued"), Mark(icon="circle-dashed")),
    **dict.fromkeys(("running", "in_progress", "doing"), Mark(icon="progress", tone="go")),
    **dict.fromkeys(("waiting", "paused", "held"), Mark(icon="player-pause")),
    **dict.fromkeys(("pending", "asked"), Mark(icon="hourglass")),
    **dict.fromkeys(("scheduled", "todo"), Mark(icon="calendar-time")),
    **dict.fromkeys(
        ("active", "approved", "done", "succeeded", "resolved", "sent", "delivered"),
        Mark(icon="circle-check", tone="ok"),
    ),
    **dict.fromkeys(
        ("failed", "dead", "rejected", "refused", "bounced", "no_channel"), Mark(icon="circle-x", tone="bad")
    ),
    **dict.fromkeys(("cancelled", "revoked", "expired"), Mark(icon="ban")),
    "archived": Mark(icon="archive"),
    "unread": Mark(icon="mail", tone="go"),
    "read": Mark(icon="check"),
}

# What the scripts say. Rendered once a page as data; nothing visible is written in a script.
MESSAGES = {
    **PHRASES,
    "open": _("Open"),
    "undo": _("Undo"),
    "undone": _("Undone."),
    "dismiss": _("Dismiss"),
    "failed": _("That did not work: the server answered {status}. Nothing was changed; try again."),
    "denied": _("You may not do this. Nothing was changed."),
    "offline": _("The server cannot be reached. Nothing was changed; try again when you are back online."),
    "live_lost": _("Live updates are interrupted; the page shows the state of {time}. Connecting again …"),
    "signed_out": _("You were signed out, here or on another device. Sign in again to go on."),
    "newer_one": _("1 change since you loaded this"),
    "newer_many": _("{n} changes since you loaded this"),
    "found": _("{n} found"),
    "found_none": _("Nothing is called “{q}”. Try fewer letters, or a number such as A-17."),
    "answered": _("Answered in {ms} ms"),
    "search_failed": _("The search did not answer. Try again."),
    "gap": _("gap"),
    "range_last": _("Last {t}"),
    "no_data": _("No data in this range"),
    "no_data_why": _("Nothing was measured between {from} and {to}."),
    "silent_since": _("no data since {time}"),
    "chart_failed": _("The measurements could not be read"),
    "chart_failed_why": _("Collection goes on; nothing is lost."),
    "again": _("Try again"),
    "summary": _("{title}: last {last} {unit}, lowest {low}, highest {high}"),
    "draft_kept": _("Draft kept {time}"),
    "draft_found": _("Your draft of {time} was put back."),
    "draft_drop": _("Start afresh"),
    "file_away": _("Take {name} away"),
    "passkey_off": _("No passkey was used: the request was cancelled or timed out. Try again, or sign in another way."),
    "passkey_none": _("This browser cannot use passkeys at this address. They need https, or localhost by name."),
    "theme_system": _("Theme: as the system"),
    "theme_light": _("Theme: light"),
    "theme_dark": _("Theme: dark"),
}


class FillNode(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        return mark_safe("")


class PartNode(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: FilterExpression, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.name = name
        self.values = values
        self.nodelist = nodelist
        self.fills = [node for node in nodelist if isinstance(node, FillNode)]
        self._found: Template | None = None

    def render(self, context: Context) -> SafeString:
        values: dict[str, Any] = {name: value.resolve(context) for name, value in self.values.items()}
        for fill in self.fills:
            values[fill.name] = _stripped(fill.nodelist.render(context))
        if self.nodelist:
            values["content"] = _stripped(self.nodelist.render(context))
        for name in _PASSED_ALONG:
            if name in context:
                values.setdefault(name, context[name])
        return _stripped(self._part(context).render(context.new(values)))

    def _part(self, context: Context) -> Template:
        """The part's template; kept when its name is written out, since a list renders hundreds of parts."""
        if self._found is not None:
            return self._found
        assert context.template is not None
        part = context.template.engine.get_template(f"ui/parts/{self.name.resolve(context)}.html")
        if not isinstance(self.name.var, Variable):
            self._found = part
        return part


def _stripped(text: str) -> SafeString:
    return mark_safe(text.strip())  # noqa: S308  output of the engine, escaped already


@register.tag("part")
def _part(parser: Parser, token: Token) -> PartNode:
    return _compiled(parser, token, NodeList())


@register.tag("wrap")
def _wrap(parser: Parser, token: Token) -> PartNode:
    nodelist = parser.parse(("endwrap",))
    parser.delete_first_token()
    return _compiled(parser, token, nodelist)


def _compiled(parser: Parser, token: Token, nodelist: NodeList) -> PartNode:
    tag, *bits = token.split_contents()
    if not bits:
        raise template.TemplateSyntaxError(f'{tag} needs the name of a part, as {{% {tag} "panel" %}}')
    values = token_kwargs(bits[1:], parser)
    if len(values) != len(bits) - 1:
        raise template.TemplateSyntaxError(f"{tag} takes name=value after the part's name, got: {' '.join(bits[1:])}")
    return PartNode(parser.compile_filter(bits[0]), values, nodelist)


@register.tag("fill")
def _fill(parser: Parser, token: Token) -> FillNode:
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endfill",))
    parser.delete_first_token()
    return FillNode(name, nodelist)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A Tabler icon, of the size of the text around it; it never speaks, so words stand beside it."""
    if name not in drawn_icons():
        warnings.warn(
            f'No icon "{name}" in the sprite. Write it once as icon="{name}" in the source, and collect the assets.',
            stacklevel=2,
        )
    return markup.icon(name, css)


@register.simple_tag
def shape(sev: str) -> SafeString:
    """The shape of a severity; colour comes from the nearest `data-sev`."""
    return markup.shape(sev)


@register.simple_tag
def priority(value: int) -> SafeString:
    """P1 to P4, with shape, word and colour."""
    return markup.priority(value)


@register.simple_tag
def person(
    name: Any,
    me: bool = False,
    url: str = "",
    note: Any = "",
    large: bool = False,
    only_picture: bool = False,
) -> SafeString:
    """Somebody, by picture and name."""
    return markup.person(name, me=me, url=url, note=note, large=large, only_picture=only_picture)


@register.simple_tag
def tile(card: dict[str, Any], moves: str = "", draggable: Any = False) -> SafeString:
    """A card of a board, with the menu of its lane."""
    return markup.tile(card, moves, draggable=bool(draggable))


@register.simple_tag
def drawn_moves(items: Sequence[dict[str, Any]] | None = None) -> SafeString:
    """The menu of a lane's cards."""
    return markup.drawn_moves(items or ())


@register.simple_tag
def menu_item(item: dict[str, Any]) -> SafeString:
    """A choice that leads somewhere or does something."""
    return markup.menu_item(item)


@register.simple_tag
def promise_bar(bar: Any) -> SafeString:
    """A compact promise bar."""
    return markup.promise(bar)


@register.simple_tag
def moment(at: datetime | None, absolute: str | None = "") -> SafeString:
    """A moment: relative, or as the date format `absolute`; in full on hover."""
    return markup.moment(at, absolute)


@register.simple_tag
def subject(title: Any, url: str = "", number: str = "", sub: Any = "", card: str = "") -> SafeString:
    """The name of a record in a row."""
    return markup.subject(title, url, number, sub, card)


@register.filter
def words(text: str) -> list[str]:
    """The words of a list written in a template."""
    return text.split()


@register.filter
def nth(items: Sequence[Any], at: int) -> Any:
    """The item at `at`, counted from 0; None beyond the end."""
    return items[at] if at < len(items) else None


@register.filter
def state_mark(state: str) -> Mark:
    """Icon and tone of a state by its slug; a dot for one that is not known here."""
    return STATES.get(str(state), Mark(icon="point"))


@register.filter
def severity_word(sev: str) -> str:
    return str(markup.SEVERITIES.get(sev, markup.SEVERITIES["unknown"]))


@register.filter
def language_word(code: str) -> str:
    """A language by its code, in the reader's own; the code itself for one that is not offered any more."""
    return str(dict(settings.LANGUAGES).get(code, code))


@register.filter
def priority_severity(priority: int) -> str:
    """P1 to P4 as critical to low."""
    return markup.PRIORITIES.get(priority, "unknown")


@register.filter
def relative(at: datetime | None) -> str:
    """How long ago `at` is, as "2 min ago"; nothing for None."""
    return markup.relative_words(at) if at else ""


@register.filter
def absolute(at: datetime | None) -> str:
    """`at` in the reader's zone, to the second, the zone named."""
    return markup.absolute_words(at) if at else ""


@register.filter
def file_icon(media_type: str | None) -> str:
    """The icon of a file by its media type."""
    return icon_of_type(media_type or "")


@register.simple_tag
def file_marks() -> Sequence[FileMark]:
    """The icons of all media types, for a script that chooses."""
    return FILE_MARKS


@register.filter
def device(user_agent: str) -> str:
    """ "Firefox on Linux" of what a browser calls itself."""
    return device_words(str(user_agent))


@register.filter
def place(zone: str) -> str:
    """ "Istanbul" of "Europe/Istanbul"."""
    return str(zone).rpartition("/")[2].replace("_", " ")


@register.filter
def initials(name: str) -> str:
    """The letters in a person's picture."""
    return markup.initials(name)


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's widget with the kit's class for its kind."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        css = "st-check"
    elif isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        css = ""
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    own = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{css} {own}".strip()} if css or own else {})


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether a field's label stands after its box."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether a field is several boxes under one legend."""
    return isinstance(field.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))


@register.filter
def faulty(form: forms.BaseForm) -> Iterable[BoundField]:
    """The fields of a form that need the reader, hidden ones included."""
    return [field for field in form if field.errors]


@register.filter
def chart_data(data: Any) -> SafeString:
    """A chart's data beside the chart: a block of data, which a browser never runs."""
    return json_script(data)


@register.simple_tag
def script_messages() -> SafeString:
    return json_script({key: str(text) for key, text in MESSAGES.items()}, "st-messages")
