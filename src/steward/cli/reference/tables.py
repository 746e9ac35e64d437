# SPDX-License-Identifier: Apache-2.0
"""Markdown, as far as the reference needs it."""

from collections.abc import Iterable, Sequence

NOTE = "<!-- Made by `steward reference`; edit the code instead. -->"


def document(title: str, intro: str, *parts: str) -> str:
    """A page: its title, one paragraph, then its parts."""
    return "\n\n".join((NOTE, f"# {title}", intro, *parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose cells can't break it."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines)


def first_line(text: str | None) -> str:
    """The first sentence-like line of a docstring."""
    return (text or "").strip().split("\n\n", 1)[0].replace("\n", " ")


def code(text: object) -> str:
    """In code style; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
