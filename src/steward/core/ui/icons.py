# SPDX-License-Identifier: Apache-2.0
"""Which icons the product names, and the sprite made of exactly those.

An icon is found by being written as a literal beside the word `icon`: `{% icon "plus" %}`, `with icon="plus"`,
`Command(icon="plus")`, `icon("plus")`, `"icon": "plus"`. A name put together at run time is not found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "vendor" / "icons.svg"

_LITERAL = re.compile(r"""\bicon["']?(?:\s+|\s*[=(:]\s*)["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
_SYMBOL = re.compile(r'<symbol id="([^"]+)"')
_SHAPE = re.compile(r"<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*/>", re.DOTALL)
_FRAME = 'd="M0 0h24v24H0z"'  # every drawing of the set begins with this invisible square
_SOURCES = {".html", ".py", ".js", ".json"}


@dataclass(frozen=True, slots=True)
class IconUse:
    """An icon's name and the first place that names it."""

    name: str
    path: Path
    line: int


def icons_used(package: Path) -> list[IconUse]:
    """Every icon named under `package`, each once, by name."""
    found: dict[str, IconUse] = {}
    for path in _source_files(package):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for name in _LITERAL.findall(line):
                found.setdefault(name, IconUse(name, path, number))
    return [found[name] for name in sorted(found)]


def _source_files(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        if path.suffix in _SOURCES and "vendor" not in path.parts and path.name != Path(__file__).name:
            yield path


def sprite(uses: list[IconUse], drawings: Path) -> tuple[str, list[IconUse]]:
    """The sprite of `uses` from a folder with `outline/` and `filled/`, and the uses nothing is drawn for.

    `star-filled` is the filled drawing of `star`; every other name is an outline.
    """
    symbols, missing = [], []
    for use in uses:
        filled = use.name.endswith("-filled")
        source = drawings / ("filled" if filled else "outline") / f"{use.name.removesuffix('-filled')}.svg"
        if not source.is_file():
            missing.append(use)
            continue
        symbols.append(_symbol(use.name, source.read_text(encoding="utf-8"), filled=filled))
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n', missing


def _symbol(name: str, drawing: str, *, filled: bool) -> str:
    shapes = [re.sub(r"\s+", " ", shape) for shape in _SHAPE.findall(drawing) if _FRAME not in shape]
    paint = ' fill="currentColor" stroke="none"' if filled else ""
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{"".join(shapes)}</symbol>'


@cache
def drawn_icons() -> frozenset[str]:
    """The icons of the sprite as collected; empty before the assets were collected."""
    if not SPRITE.is_file():
        return frozenset()
    return frozenset(_SYMBOL.findall(SPRITE.read_text(encoding="utf-8")))
