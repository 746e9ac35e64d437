# SPDX-License-Identifier: Apache-2.0
"""Go to or do: what the palette finds. Records by `core.search`, commands that rooms declare, pages by permission."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

Words = Promise | str


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do from anywhere: its words, where it leads (or what is posted), and the permission it needs."""

    label: Words
    url: Callable[[], str]
    permission: str
    icon: str
    words: Words = ""
    keys: str = ""
    post: bool = False


COMMANDS: list[Command] = []


def command(
    label: Words,
    *,
    url: Callable[[], str],
    permission: str,
    icon: str,
    words: Words = "",
    keys: str = "",
    post: bool = False,
) -> Command:
    """Declare a command of the palette, in a room's `commands.py`. `words` are others by which it is found."""
    made = Command(label, url, permission, icon, words, keys, post)
    COMMANDS.append(made)
    return made
