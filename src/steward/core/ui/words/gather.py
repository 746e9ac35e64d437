# SPDX-License-Identifier: Apache-2.0
"""Every text that is marked for translation, in Python (by its syntax tree) and in templates."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

# How many leading arguments are texts: (context, text, plural).
_CALLS = {
    "_": (False, False),
    "gettext": (False, False),
    "gettext_lazy": (False, False),
    "gettext_noop": (False, False),
    "ngettext": (False, True),
    "ngettext_lazy": (False, True),
    "pgettext": (True, False),
    "pgettext_lazy": (True, False),
    "npgettext": (True, True),
    "npgettext_lazy": (True, True),
}
_IN_TEMPLATE = re.compile(r"\b(?:n?p?gettext(?:_lazy|_noop)?|_)\((?=\s*u?['\"])")


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A marked text: its context ("" without), its singular, its plural ("" without)."""

    context: str
    text: str
    plural: str


def gather(package: Path) -> dict[Message, list[str]]:
    """Every message below `package`, with the places that say it, as "path:line"."""
    found: dict[Message, list[str]] = {}
    for path in sorted(package.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            messages = in_python(path.read_text(encoding="utf-8"))
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            messages = in_template(path.read_text(encoding="utf-8"), str(path))
        else:
            continue
        place = path.relative_to(package).as_posix()
        for message, line in messages:
            found.setdefault(message, []).append(f"{place}:{line}")
    return found


def in_python(source: str) -> Iterator[tuple[Message, int]]:
    """The messages of a module, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (message := _message(node)) is not None:
            yield message, node.lineno


def in_template(source: str, name: str) -> Iterator[tuple[Message, int]]:
    """The messages of a template, with their lines."""
    text = templatize(source, origin=name)
    for start in _IN_TEMPLATE.finditer(text):
        node = _call_at(text, start.start(), start.end())
        if node is not None and (message := _message(node)) is not None:
            yield message, text.count("\n", 0, start.start()) + 1


def _message(call: ast.Call) -> Message | None:
    name = (
        call.func.id
        if isinstance(call.func, ast.Name)
        else call.func.attr
        if isinstance(call.func, ast.Attribute)
        else ""
    )
    if name not in _CALLS:
        return None
    has_context, has_plural = _CALLS[name]
    wanted = 1 + has_context + has_plural
    texts = [
        each.value for each in call.args[:wanted] if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if len(texts) < wanted or not texts[0]:
        return None
    context = texts.pop(0) if has_context else ""
    return Message(context, texts[0], texts[1] if has_plural else "")


def _call_at(text: str, start: int, opened: int) -> ast.Call | None:
    end = opened
    while (end := text.find(")", end) + 1) > 0:
        try:
            parsed = ast.parse(text[start:end].strip(), mode="eval").body
        except SyntaxError:
            continue
        return parsed if isinstance(parsed, ast.Call) else None
    return None
