# SPDX-License-Identifier: Apache-2.0
"""Reading a body from outside: bounded in size and depth, text that the database can keep."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from steward.core.rest.errors import RestError

MOST_BYTES = 1_000_000
DEEPEST = 32
JSON = "application/json"


class BoundedParser(Parser):
    """JSON with a bottom: refuses what is too deep, numbers that are none, and characters no text has."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value. Raises RestError 400, naming what is wrong."""
        return parsed(request.body)


def parsed(body: bytes) -> Any:
    """The value of a JSON body. Raises RestError 400."""
    if depth(body) > DEEPEST:
        raise RestError(400, _("The body is nested too deeply. Use at most %(deepest)s levels.") % {"deepest": DEEPEST})
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, UnicodeDecodeError, RecursionError) as bad:
        raise RestError(400, _("The body is not JSON.")) from bad
    if any(not is_text(text) for text in texts(value)):
        raise RestError(400, _("The body holds characters that no text has (NUL or half of a pair)."))
    return value


def depth(body: bytes) -> int:
    """How deep brackets are nested, those within strings left out."""
    deepest = level = 0
    inside = escaped = False
    for byte in body:
        if inside:
            inside = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys included."""
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)


def is_text(text: str) -> bool:
    """Whether PostgreSQL can keep it."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def check_request(request: HttpRequest) -> None:
    """Refuse what no endpoint takes. Raises RestError 400, 413 or 415."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit():
        raise RestError(400)
    if int(length) > MOST_BYTES:
        raise RestError(413)
    asked = [request.path, *(text for key, values in request.GET.lists() for text in (key, *values))]
    if not all(is_text(text) for text in asked):
        raise RestError(400, _("The address holds characters that no text has."))
    if int(length) and request.content_type != JSON:
        raise RestError(415)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
