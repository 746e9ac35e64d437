# SPDX-License-Identifier: Apache-2.0
"""Tokens of ClickHouse's SQL: just enough to tell words from strings and comments."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"  # an identifier in backticks or double quotes
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"


class Token(NamedTuple):
    """A token: its kind, its text (quoted identifiers without their quotes), and where it ends."""

    kind: Kind
    text: str
    end: int


_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<string>'(?:[^'\\]|\\.|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      | (?P<quoted>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
      | (?P<number>[0-9][0-9A-Za-z_.]*)
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)|([`\"])\2", re.DOTALL)


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of `sql`, lazily; whitespace and comments are left out."""
    for found in _TOKEN.finditer(sql):
        name = found.lastgroup
        if name == "tag":
            name = "string"
        if name is None or name == "skip":
            continue
        text = found.group()
        if name == "quoted":
            text = _ESCAPE.sub(r"\1\2", text[1:-1])
        yield Token(Kind(name), text, found.end())
