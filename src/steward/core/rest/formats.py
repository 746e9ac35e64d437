# SPDX-License-Identifier: Apache-2.0
"""Lists as files: CSV that no spreadsheet takes for a formula, and YAML."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import yaml

FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "|",
    "%",
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
)
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it a spreadsheet reads Turkish letters as Latin-1


def csv_cell(value: Any) -> str:
    """One value as text for a spreadsheet. Text that would be run as a formula is led by an apostrophe; numbers stay numbers."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case list() | tuple():
            return csv_cell(", ".join(str(each) for each in value))
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file line by line, headings first."""
    yield BOM + _line(headings)
    for row in rows:
        yield _line(row)


def _line(values: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([csv_cell(value) for value in values])
    return buffer.getvalue()


def yaml_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A YAML list, one document of plain values, entry by entry."""
    empty = True
    for row in rows:
        empty = False
        plain = {key: plain_value(value) for key, value in row.items()}
        yield yaml.safe_dump([plain], allow_unicode=True, sort_keys=False, default_flow_style=False)
    if empty:
        yield "[]\n"


def plain_value(value: Any) -> Any:
    """A value as JSON and YAML know it: instants in UTC, decimals as text."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | Decimal() | UUID():
            return str(value)
        case list() | tuple():
            return [plain_value(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)
