# SPDX-License-Identifier: Apache-2.0
"""Words as they are kept and looked for. PostgreSQL here has no ICU and takes IŞIK and ışık for two words, so the folding
is done before it sees them: one case, no marks above or below letters, and all four of İ I ı i the same."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

WORD_MAX: Final = 64  # characters; longer ones are cut, keys and hashes among them
WORDS_MAX: Final = 4000  # of a document; a tsvector counts 16,383 positions
ASKED_MAX: Final = 8  # words of a query

_LONE: Final = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
# Letters and digits, and what joins them in names, addresses and numbers: srv-01.acme.local, 10.0.0.17, T-4821.
_WORD: Final = re.compile(r"[^\W_]+(?:[.:@/_+\-][^\W_]+)*")
_JOINTS: Final = re.compile(r"[.:@/_+\-]")


def fold(text: str) -> str:
    """`text` in the one form that is compared."""
    while True:  # an ornamented capital becomes a plain one only when it is taken apart
        apart = unicodedata.normalize("NFKD", text.casefold())
        bare = "".join(each for each in apart if not unicodedata.combining(each)).translate(_LONE)
        if bare == text:
            return bare
        text = bare


def words(text: str) -> Iterator[tuple[str, ...]]:
    """The words of `text`, folded: each as a whole, followed by its parts when it has joints."""
    for found in _WORD.finditer(fold(text)):
        whole = found[0][:WORD_MAX]
        parts = [part[:WORD_MAX] for part in _JOINTS.split(found[0]) if part]
        yield (whole, *parts) if len(parts) > 1 else (whole,)


def vector(title: str, body: str) -> str:
    """The text form of a tsvector; words of the title weigh A, those of the body D."""
    places: dict[str, list[str]] = {}
    count = 0
    for text, weight in ((title, "A"), (body, "")):
        for forms in words(text):
            count += 1
            if count > WORDS_MAX:
                break
            for form in forms:
                places.setdefault(form, []).append(f"{count}{weight}")
    return " ".join(f"'{form}':{','.join(where[:200])}" for form, where in places.items())


def query(text: str) -> str | None:
    """The text form of a tsquery for the beginnings of all words of `text`; None when it says too little to look for."""
    asked = list(words(text))[:ASKED_MAX]
    if not asked or max(len(forms[0]) for forms in asked) < 2:
        return None
    return " & ".join(_either(forms) for forms in asked)


def _either(forms: Sequence[str]) -> str:
    whole, *parts = (f"'{form}'" for form in forms)
    # acme.local begins no word of srv-01.acme.local, but its parts do. What stands before a joint was typed to its end; asked as
    # a beginning too, the first half of web-77 would gather the names of all servers.
    return f"({whole}:* | ({' & '.join(parts)}:*))" if parts else f"{whole}:*"
