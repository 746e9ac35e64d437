# SPDX-License-Identifier: Apache-2.0
"""Errors in ClickHouse's own words: a code, a name, a text; and the HTTP status each one travels with."""

import re
from typing import Final

ENGINE_VERSION: Final = "26.9.2.1"
_CODE = re.compile(r"Code: (\d+)\. ")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)\s*(?:\(version [^)]*\)\s*)?\Z")
_UNKNOWN_EXCEPTION: Final = 1002

_STATUS: Final[dict[int, int]] = {
    6: 400, 26: 400, 27: 400, 36: 400, 38: 400, 41: 400, 43: 400, 46: 404, 47: 400, 53: 400, 60: 404, 62: 400, 72: 400,
    81: 404, 115: 400, 117: 400, 158: 413, 159: 408, 164: 403, 202: 503, 243: 507, 307: 413, 372: 404, 373: 409,
    396: 413, 497: 403, 516: 403, 734: 503,
}  # fmt: skip


class StoreError(Exception):
    """One refused or failed request. `code` is ClickHouse's, so that its clients know what happened."""

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text} ({name}) (version {ENGINE_VERSION})")
        self.code = code
        self.name = name

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code; 500 when the code has none of its own."""
        return _STATUS.get(self.code, 500)


def from_engine(failure: BaseException) -> StoreError:
    """What the engine raised, with its code. Errors without one (a decoding error inside the binding) become 1002."""
    if isinstance(failure, StoreError):
        return failure
    text = str(failure)
    start = text.find("Code: ")
    found = _CODE.match(text, start) if start >= 0 else None
    if found is None:
        return StoreError(_UNKNOWN_EXCEPTION, "UNKNOWN_EXCEPTION", text or type(failure).__name__)
    name = _NAME.search(text)
    body = text[found.end() :].removeprefix("DB::Exception: ")
    cut = body[: body.rfind(f" ({name.group(1)})")] if name else body
    return StoreError(int(found.group(1)), name.group(1) if name else "UNKNOWN_EXCEPTION", cut)


def bad_argument(text: str) -> StoreError:
    """The request itself is wrong."""
    return StoreError(36, "BAD_ARGUMENTS", text)


def access_denied(text: str) -> StoreError:
    """A scoped read reached for something outside its scope."""
    return StoreError(497, "ACCESS_DENIED", text)


def authentication_failed() -> StoreError:
    """One text for a wrong name and a wrong password."""
    return StoreError(
        516, "AUTHENTICATION_FAILED", "Authentication failed: password is incorrect, or there is no such user."
    )


def too_busy(text: str) -> StoreError:
    """The request waited its turn in vain."""
    return StoreError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", text)


def too_large(text: str) -> StoreError:
    """The request's body or head is over the limit."""
    return StoreError(307, "TOO_MANY_BYTES", text)


def stopping() -> StoreError:
    """The store is on its way down."""
    return StoreError(734, "QUERY_CANCELLED_BY_SHUTDOWN", "The store is shutting down.")
