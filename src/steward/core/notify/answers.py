# SPDX-License-Identifier: Apache-2.0
"""What the other side said to a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

ANSWER_MAX: Final = 300


class Outcome(StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    BOUNCED = "bounced"  # the recipient is refused, for good
    REFUSED = "refused"  # the message or its sender is refused, for good
    LATER = "later"  # not now; try again
    NO_CHANNEL = "no_channel"


# What we say ourselves of an attempt; the other side's own words are kept as they are.
SAYINGS: Final[Mapping[str, Promise | str]] = {
    "no_server": _("no mail server is set: set STEWARD_SMTP_URL"),
    "bad_server": _(
        "STEWARD_SMTP_URL makes no sense: write smtp://, smtps:// or smtp+starttls://user:password@host:port"
    ),
    "sign_in": _("%(host)s refuses the sign-in: %(what)s"),
    "no_tls": _("%(host)s offers no STARTTLS or sign-in, which the address of the mail server asks for"),
    "closed": _("%(host)s closed the connection or did not answer within %(seconds)s s"),
    "silent": _("%(host)s did not answer within %(seconds)s s"),
    "tls": _("%(host)s: TLS failed (%(what)s)"),
    "unreachable": _("%(host)s is not reachable: %(what)s"),
    "service_silent": _("the service did not answer within %(seconds)s s"),
    "no_own_channel": _("the person has taken their own channel away"),
    "inner_address": _("%(address)s is an inner address that is not on the list STEWARD_OUTWARD_ALLOW"),
    "file_gone": _("a file that goes with it is kept no longer"),
    "files_away": _("the store of files did not give a file that goes with it"),
    "unwritable": _("no mail can be made of this message, or of the address it goes to"),
    "service_broken": _("the service could not be told (the program ended with %(what)s)"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of an attempt: the other side's words in a line, or what we say of it, by code and parameters."""

    outcome: Outcome
    text: str
    code: str = ""
    params: dict[str, str] = field(default_factory=dict, compare=False)


def answer(outcome: Outcome, text: str | bytes) -> Answer:
    """An answer in the other side's words: one printable line of at most 300 characters."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    line = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return Answer(outcome, line[:ANSWER_MAX])


def own_answer(outcome: Outcome, code: str, **params: str) -> Answer:
    """An answer in our words, whose text is English, for logs; `saying` has it in the reader's language."""
    with override("en"):
        return Answer(outcome, saying(code, params), code, params)


def saying(code: str, params: Mapping[str, str]) -> str:
    """What we say of an attempt, in the reader's language; the code itself when another version of the code said it."""
    return str(SAYINGS.get(code, code)) % params
