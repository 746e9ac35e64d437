# SPDX-License-Identifier: Apache-2.0
"""What kind of statement it is, where an insert's data begins, and what a scoped read may not say."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from steward.core.telemetry.store.errors import StoreError, access_denied
from steward.core.telemetry.store.lexer import Kind, tokens

# Formats whose pieces can be joined as they come. The others carry a head or a foot and are sent whole.
STREAMED: Final = frozenset({"Native", "RowBinary", "TabSeparated", "TSV", "CSV", "JSONEachRow"})
_INSERT_HEAD: Final = 64 << 10
_OUT_FORMAT: Final = re.compile(r"\sFORMAT\s+([A-Za-z0-9]+)\s*;?\s*\Z", re.IGNORECASE)
_KILL_BY_ID: Final = re.compile(r"\bquery_id\b", re.IGNORECASE)
_ID_OF: Final = "splitByString('qid=', Settings['log_comment'])[2]"

# Table functions that make rows of nothing; every other one may reach outside and is refused.
HARMLESS_TABLE_FUNCTIONS: Final = frozenset({
    "format", "numbers", "numbers_mt", "zeros", "zeros_mt", "values", "generateseries", "generate_series", "null", "view",
})  # fmt: skip
_FORBIDDEN_CALLS: Final = re.compile(
    r"""ytsaurus|hudi.*|deltalake.*|paimon.*|iceberg.*|hdfs.*|azureblob.*|s3.*|oss|gcs|cosn|prometheus.*|timeseries.*
      | mergetree.*|merge|loop|postgresql|cluster.*|remote.*|jdbc|odbc|filesystem.*|bigquery|generaterandom|dictionary
      | fuzz.*|sqlstandardvalues|url.*|executable|eval|file.*|redis|arrowstream|input|mysql|view.+|mongodb|sqlite|python|primes
      | dictget.*|dicthas|dictisin|joinget.*|ai[a-z]+|showcertificate|catboost.*|hostname|fullhostname|server.*|getserver.*
      | getmacro|getclienthttpheader|getos.*|addressto.*|demangle|tcpport|uptime|version_?info|buildid|current.*|user|authenticateduser
      | authuser|session_user|pg_?get.*|default.*|enabled.*""",
    re.VERBOSE,
)
_FORBIDDEN_NAMES: Final = frozenset({"system", "information_schema", "default"})


class Verb(Enum):
    """Kinds of statement, as far as they are treated differently."""

    SELECT = "select"
    INSERT_DATA = "insert data"
    KILL = "kill"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert with data in a format: the statement up to its settings, these, the format, and where the data begin."""

    head: str
    settings: str
    format: str
    data_at: int = 0  # in bytes of the statement as it came

    def statement(self, source: str, token: str) -> str:
        """The insert reading from the file `source`.

        The token goes into the statement, where it costs nothing; a SET on the connection takes 0.2 ms.
        """
        settings = [self.settings] if self.settings else []
        if token:
            settings.append("insert_deduplication_token = '{}'".format(token.replace("\\", "\\\\").replace("'", "\\'")))
        clause = f" SETTINGS {', '.join(settings)}" if settings else ""
        return f"{self.head} FROM INFILE '{source}' COMPRESSION 'none'{clause} FORMAT {self.format}"


def verb_of(sql: str) -> Verb:
    """What kind of statement `sql` is; inserts are told apart by `find_insert`."""
    for token in tokens(sql):
        if token.text == "(":
            continue
        word = token.text.upper()
        if word in ("SELECT", "WITH"):
            return Verb.SELECT
        return Verb.KILL if word == "KILL" else Verb.OTHER
    return Verb.OTHER


def find_insert(sql: bytes) -> Insert | None:
    """The parts of `INSERT INTO … FORMAT x data`; None for every other statement, INSERT … SELECT among them."""
    if not sql[:1024].lstrip()[:6].upper().startswith(b"INSERT"):
        return None
    # latin-1 maps bytes to characters one to one, so that positions are those of the bytes.
    words = tokens(sql[:_INSERT_HEAD].decode("latin-1"))
    depth = before = 0
    settings: tuple[int, int] | None = None  # where SETTINGS begins and ends
    for token in words:
        if token.kind is Kind.SIGN:
            depth += (token.text == "(") - (token.text == ")")
        elif token.kind is Kind.WORD and depth == 0:
            word = token.text.upper()
            if word in ("SELECT", "VALUES", "INFILE", "WITH"):
                return None
            if word == "SETTINGS":
                settings = (before, token.end)
            if word == "FORMAT":
                name = next(words, None)
                if name is None or name.kind is not Kind.WORD or name.text.upper() == "VALUES":
                    return None
                head_end, settings_at = settings or (before, before)
                return Insert(
                    sql[:head_end].decode(),
                    sql[settings_at:before].decode().strip(),
                    name.text,
                    _after_name(sql, name.end),
                )
        before = token.end
    return None


def _after_name(sql: bytes, at: int) -> int:
    """Behind the format's name: blanks, one semicolon and one line break belong to the statement, not to the data."""
    while at < len(sql) and sql[at : at + 1] in (b" ", b"\t", b"\r", b";"):
        at += 1
    return at + 1 if sql[at : at + 1] == b"\n" else at


def output_format(sql: str, default: str) -> tuple[str, bool]:
    """The format of the answer and whether the statement names it itself."""
    found = _OUT_FORMAT.search(sql[-256:])
    return (found.group(1), True) if found else (default, False)


def kill_by_our_id(sql: str) -> str:
    """The engine makes ids of its own; ours travel in a setting, so a KILL must look there."""
    return _KILL_BY_ID.sub(_ID_OF, sql)


def check_scoped(sql: str) -> None:
    """Raises StoreError 497 or 164 when a scoped read is more than one SELECT over our own tables.

    The row policies hold without this; it also keeps out what no policy governs, such as the scalar function `file`.
    """
    if verb_of(sql) is not Verb.SELECT:
        raise StoreError(164, "READONLY", "A scoped read is one SELECT.")
    found = list(tokens(sql))
    while found and found[-1].text == ";":
        found.pop()
    for token, following, third in zip(found, [*found[1:], None], [*found[2:], None, None], strict=False):
        if token.text == ";":
            raise StoreError(164, "READONLY", "A scoped read is one SELECT.")
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            continue
        name = token.text.lower()
        opens = following is not None and following.text == "("
        points = following is not None and following.text == "."
        if name in _FORBIDDEN_NAMES and (points or name != "default"):
            raise access_denied(f"A scoped read has no access to {name}.")
        if opens and name not in HARMLESS_TABLE_FUNCTIONS and _FORBIDDEN_CALLS.fullmatch(name):
            raise access_denied(f"A scoped read may not call {token.text}().")
        if name == "settings" and following is not None and following.kind is Kind.WORD and third and third.text == "=":
            raise StoreError(164, "READONLY", "A scoped read carries no SETTINGS.")
