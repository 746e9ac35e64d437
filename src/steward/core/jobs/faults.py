# SPDX-License-Identifier: Apache-2.0
"""What may be kept and shown of an error. The text of an exception can hold anything, a password among it; so only texts
that were written for an operator are kept, and of all others the kind and the place."""

import os
import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from steward.core.access.public import Denied, RefusedMany

PACKAGE = str(Path(__file__).resolve().parents[2])
MESSAGE_MAX = 500

_LOOKS_SECRET = re.compile(
    r"(?P<before>://[^\s:/@]*:)[^\s@]+(?=@)"
    r"|(?P<name>\b(?:password|passwd|secret|token|api[-_]?key)\b\s*[=:]\s*)\S+"
    r"|(?P<header>\b(?:authorization|cookie|set-cookie)\b\s*[=:]\s*).+"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)\S+"
    r"|\bstw_\w+"
    r"|\b[A-Za-z0-9_\-+/]{40,}={0,2}",
    re.IGNORECASE,
)


class OperatorError(Exception):
    """Something outside failed. The text is written for an operator: what, and the remedy; never a secret."""


class GiveUp(OperatorError):
    """Trying again is of no use; the job goes straight to the dead letters with this text."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is kept of an error."""

    kind: str
    place: str
    message: str


def fault_of(error: BaseException) -> Fault:
    """The kind of an error, the place in our code that it passed last, and its text where that may be shown."""
    cls = type(error)
    kind = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    return Fault(kind[:160], _place(error)[:200], redact(_message(error))[:MESSAGE_MAX])


def is_final(error: BaseException) -> bool:
    """Whether the same job would fail the same way again."""
    return isinstance(error, GiveUp | RefusedMany | Denied)


def redact(text: str) -> str:
    """`text` without what looks like a secret: the second belt behind choosing whose text is kept at all."""
    return _LOOKS_SECRET.sub(
        lambda found: f"{found['before'] or found['name'] or found['header'] or found['scheme'] or ''}•••", text
    )


def _message(error: BaseException) -> str:
    if isinstance(error, OperatorError | RefusedMany):
        return str(error)
    if isinstance(error, Denied):
        return f"lacks the permission {error.permission}"
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else ""  # its own text may hold a path
    state = getattr(error.__cause__, "sqlstate", None)
    return f"SQLSTATE {state}" if state else ""


def _place(error: BaseException) -> str:
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(PACKAGE)]
    if not own:
        return ""
    last = own[-1]
    return f"{Path(last.filename).relative_to(Path(PACKAGE).parent)}:{last.lineno} {last.name}"
