# SPDX-License-Identifier: Apache-2.0
"""What the other side said to a message."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ANSWER_MAX: Final = 300


class Outcome(StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    BOUNCED = "bounced"  # the recipient is refused, for good
    REFUSED = "refused"  # the message or its sender is refused, for good
    LATER = "later"  # not now; try again
    NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of an attempt with the other side's words, in a line."""

    outcome: Outcome
    text: str


def answer(outcome: Outcome, text: str | bytes) -> Answer:
    """An answer whose words are one printable line of at most 300 characters."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    line = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return Answer(outcome, line[:ANSWER_MAX])
