# SPDX-License-Identifier: Apache-2.0
"""What a plugin prints, as the Monitoring Plugins guidelines have it: a line for people, and performance data behind `|`.

https://www.monitoring-plugins.org/doc/guidelines.html, "Plugin Output" and "Performance data":
`'label'=value[UOM];[warn];[crit];[min];[max]`, separated by spaces. Whatever does not read so is passed over.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

# Of one output; what comes after is not read.
MAX_ITEMS = 500
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_KIBI = 1024
# Unit of measurement → base unit and what to multiply by. The plugins count in powers of 1024 and write KB, MB …
_UNITS = {
    "": ("", 1.0),
    "s": ("s", 1.0),
    "ms": ("s", 1e-3),
    "us": ("s", 1e-6),
    "ns": ("s", 1e-9),
    "%": ("%", 1.0),
    "B": ("B", 1.0),
    "KB": ("B", float(_KIBI)),
    "MB": ("B", float(_KIBI**2)),
    "GB": ("B", float(_KIBI**3)),
    "TB": ("B", float(_KIBI**4)),
    "PB": ("B", float(_KIBI**5)),
    "c": ("c", 1.0),
}


@dataclass(frozen=True, slots=True)
class Range:
    """Alert outside of low to high, both ends included in what is well, or inside where `inside`; None is infinity."""

    low: float | None
    high: float | None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One value in its base unit: `s`, `%`, `B`, `c` (a counter that only grows) or none; limits are in the same unit."""

    label: str
    value: float
    unit: str
    warn: Range | None = None
    crit: Range | None = None
    low: float | None = None
    high: float | None = None


def read_output(text: str) -> tuple[str, list[Item]]:
    """The first line without its performance data, and all performance data in the order printed."""
    first, _, rest = text.partition("\n")
    said, _, data = first.partition("|")
    lines, after = [data], False
    for line in rest.split("\n"):
        # In long output one `|` separates: all that follows it, further lines too, is data.
        if after:
            lines.append(line)
        elif "|" in line:
            after = True
            lines.append(line.partition("|")[2])
    return said.strip(), read_items(" ".join(lines))


def read_items(text: str) -> list[Item]:
    """The performance data in `text`; what does not keep the grammar, has an unknown unit or no value is left out."""
    found = []
    for label, told in _pairs(text):
        item = _item(label, told)
        if item is not None:
            found.append(item)
    return found


def read_range(text: str, factor: float = 1.0) -> Range | None:
    """A threshold as plugins take it: `10`, `10:`, `~:10`, `10:20`, `@10:20`; None for anything else."""
    inside = text.startswith("@")
    start, colon, stop = text.removeprefix("@").partition(":")
    if not colon:
        start, stop = "0", start
    low = None if start == "~" else _number(start or "0")
    high = None if stop == "" and colon else _number(stop)
    if (low is None and start != "~") or (high is None and not (colon and stop == "")):
        return None
    low, high = _times(low, factor), _times(high, factor)
    return None if low is not None and high is not None and low > high else Range(low, high, inside)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    at = count = 0
    while at < len(text) and count < MAX_ITEMS:
        if text[at].isspace():
            at += 1
            continue
        count += 1
        label, at = _label(text, at)
        end = at
        while end < len(text) and not text[end].isspace():
            end += 1
        if label and text[at : at + 1] == "=":
            yield label, text[at + 1 : end]
        at = end


def _label(text: str, at: int) -> tuple[str, int]:
    """The label that begins at `at`, and where it ends. In quotes a quote is written twice."""
    if text[at] != "'":
        end = at
        while end < len(text) and text[end] != "=" and not text[end].isspace():
            end += 1
        return text[at:end], end
    parts = []
    end = at + 1
    while (close := text.find("'", end)) >= 0:
        parts.append(text[end:close])
        if text[close + 1 : close + 2] != "'":
            return "".join(parts), close + 1
        parts.append("'")
        end = close + 2
    return "", len(text)


def _item(label: str, told: str) -> Item | None:
    value, *limits = told.split(";")
    number = _NUMBER.match(value)
    if number is None or value[number.end() :] not in _UNITS:
        return None
    unit, factor = _UNITS[value[number.end() :]]
    known = _times(_number(number.group()), factor)
    if known is None:
        return None
    warn, crit, low, high, *_ = *limits, "", "", "", ""
    return Item(
        label,
        known,
        unit,
        read_range(warn, factor),
        read_range(crit, factor),
        _times(_number(low), factor),
        _times(_number(high), factor),
    )


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) and math.isfinite(float(text)) else None


def _times(number: float | None, factor: float) -> float | None:
    return number * factor if number is not None and math.isfinite(number * factor) else None
