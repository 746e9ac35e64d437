# SPDX-License-Identifier: Apache-2.0
"""The cells of a list's row. Written in Python, since a page has a thousand of them and a template asks each ten questions."""

from collections.abc import Hashable, Sequence
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
Drawn = dict[Hashable, SafeString]
END = mark_safe("</td>")


@register.simple_tag
def drawing() -> Drawn:
    """What one table has drawn so far: most of its states, severities and clients come again in the next row."""
    return {}


@register.simple_tag(takes_context=True)
def cells(context: Context, row: Any, columns: Sequence[Any], drawn: Drawn) -> SafeString:
    """The cells of `row`, one for each of `columns`; both as parts/table.html describes them."""
    pairs = zip(_of(row, "cells"), columns, strict=True)
    return mark_safe("".join(_cell(context, cell, column, drawn) for cell, column in pairs))  # noqa: S308  made below


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
    key = _key(name, value)
    if key is None:
        return _rendered(context, name, value)
    if key not in drawn:
        drawn[key] = _rendered(context, name, value)
    return drawn[key]


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
