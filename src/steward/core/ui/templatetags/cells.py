# SPDX-License-Identifier: Apache-2.0
"""The rows of a list. Written in Python, since a page has a thousand cells and a template asks each ten questions."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui import markup

register = template.Library()
Drawn = dict[Hashable, SafeString]
END = mark_safe("</td>")
SELECT: Final = gettext_lazy("Select %(what)s")
NO_NAME: Final = mark_safe('<span class="st-3">–</span>')


@register.simple_tag
def drawing() -> Drawn:
    """What one table has drawn so far: most of its states, severities and clients come again in the next row."""
    return {}


@register.simple_tag(takes_context=True)
def row(
    context: Context, row: Any, columns: Sequence[Any], drawn: Drawn, *, bulk: Any = None, first: bool = False
) -> SafeString:
    """One row of a list, with a cell for each of `columns`; all as parts/table.html describes them. `bulk`: rows can be selected;
    `first` takes the focus when Tab enters the list. Hooks: data-id, data-href; the row itself takes the focus (j, k)."""
    pairs = zip(_of(row, "cells"), columns, strict=True)
    return format_html(
        '<tr data-id="{}" tabindex="{}"{}{}{}{}>{}{}</tr>',
        _of(row, "id"),
        0 if first else -1,
        _attribute("data-href", _of(row, "url")),
        _attribute("class", _of(row, "css")),
        _attribute("data-sev", _of(row, "sev")),
        _attribute("data-live-topic", _of(row, "topic")),
        _box(row) if bulk else "",
        mark_safe("".join(_cell(context, cell, column, drawn) for cell, column in pairs)),  # noqa: S308  made below
    )


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(' {}="{}"', name, value) if value else markup.NOTHING


def _box(row: Any) -> SafeString:
    return format_html(
        '<td class="ck"><input class="st-check" type="checkbox" name="ids" value="{}"{} aria-label="{}"></td>',
        _of(row, "id"),
        mark_safe(" checked") if _of(row, "selected") else "",
        str(SELECT) % {"what": _of(row, "label") or _of(row, "id")},
    )


def _cell(context: Context, cell: Any, column: Any, drawn: Drawn) -> SafeString:
    own = _of(cell, "css")
    key = ("td", id(column), own)
    if key not in drawn:
        drawn[key] = _opened(column, own)
    return drawn[key] + _content(context, cell, drawn) + END


def _opened(column: Any, own: str | None) -> SafeString:
    css = " ".join(filter(None, (_of(column, "css"), "st-num" if _of(column, "numeric") else "", own)))
    label = _of(column, "label")
    return format_html(
        "<td{}{}>",
        format_html(' class="{}"', css) if css else "",
        format_html(' data-label="{}"', label) if label else "",
    )


def _content(context: Context, cell: Any, drawn: Drawn) -> SafeString:
    name = _of(cell, "template")
    if not name:
        return conditional_escape(_of(cell, "text") or _of(cell, "html") or "")
    value = _of(cell, "value")
    if name in IN_PYTHON:
        return IN_PYTHON[name](value)
    key = _key(name, value)
    if key is None:
        return _rendered(context, name, value)
    if key not in drawn:
        drawn[key] = _rendered(context, name, value)
    return drawn[key]


def _moment(value: Any) -> SafeString:
    return markup.moment(_of(value, "value"))


def _link(value: Any) -> SafeString:
    if not (_of(value, "text") or _of(value, "no")):
        return NO_NAME
    named = {name: _of(value, name) for name in ("url", "sub", "card")}
    return markup.subject(_of(value, "text"), number=_of(value, "no"), **named)


def _promise(value: Any) -> SafeString:
    if value is None:
        return format_html('<span class="st-s st-3">{}</span>', _("no clock"))
    return markup.promise(value)


# Cells that differ in every row, and would be drawn by their template as often.
IN_PYTHON: Final[dict[str, Callable[[Any], SafeString]]] = {
    "ui/cells/time.html": _moment,
    "ui/cells/link.html": _link,
    "ui/cells/promise.html": _promise,
}


def _key(name: str, value: Any) -> Hashable | None:
    """Cells with the same words look the same; None where that can't be told, as of a whole record."""
    if not isinstance(value, dict):
        return None
    try:
        key = (name, *((item, type(each), each) for item, each in value.items()))
        hash(key)
    except TypeError:
        return None
    return key


def _rendered(context: Context, name: str, value: Any) -> SafeString:
    assert context.template is not None
    found = context.template.engine.get_template(name)
    return found.render(context.new({"value": value, "record": value}))


def _of(thing: Any, name: str) -> Any:
    """A value of a dict, or of an object, as templates look it up; None where it has none."""
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
