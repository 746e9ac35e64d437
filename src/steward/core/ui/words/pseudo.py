# SPDX-License-Identifier: Apache-2.0
"""The pseudo-locale: every marked text in brackets and with accents, so that what stays plain was not marked."""

import re
from typing import Any

from django.conf import settings
from django.utils.translation import trans_real

_ACCENTS = str.maketrans("aceilnorstuyzACEILNORSTUYZ", "áçéíļñóřšťúýžÁÇÉÍĻÑÓŘŠŤÚÝŽ")
# What stands for something else, and is not a word: %(name)s, {name}, <b class="x">, &nbsp;, and plain %s.
_KEPT = re.compile(r"%\([^)]*\)[-#0 +]*[\d.]*[a-zA-Z]|%[-#0+]*[\d.]*[sdifr%]|\{[^{}]*\}|<[^<>]*>|&#?\w+;")


def pseudo(text: str) -> str:
    """`text` as the pseudo-locale says it; surrounding space stays outside."""
    bare = text.strip()
    if not bare:
        return text
    parts, at = [], 0
    for kept in _KEPT.finditer(bare):
        parts += [bare[at : kept.start()].translate(_ACCENTS), kept[0]]
        at = kept.end()
    said = "".join([*parts, bare[at:].translate(_ACCENTS)])
    return text.replace(bare, f"[{said}]", 1)


class PseudoTranslation(trans_real.DjangoTranslation):
    """A language made of English while it is asked for. Django's own texts are English here, then turned like ours."""

    def __init__(self) -> None:
        super().__init__("en")
        self._english = trans_real.DjangoTranslation("en")

    def language(self) -> str:
        """Its code."""
        return str(settings.PSEUDO_LOCALE)

    def to_language(self) -> str:
        """Its code."""
        return str(settings.PSEUDO_LOCALE)

    def gettext(self, message: str) -> str:
        """The pseudo form of a text. Contexts are part of the message here, before \\x04."""
        said = self._english.gettext(message)
        return pseudo(said.rpartition("\x04")[2])

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The pseudo form for a number."""
        said = self._english.ngettext(msgid1, msgid2, n)
        return pseudo(said.rpartition("\x04")[2])


def offer_pseudo_locale() -> None:
    """Let Django find the pseudo-locale, which has no file."""
    known: dict[str, Any] = trans_real._translations  # type: ignore[attr-defined]  # where Django keeps what it loaded
    known[settings.PSEUDO_LOCALE] = PseudoTranslation()
