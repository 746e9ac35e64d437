# SPDX-License-Identifier: Apache-2.0
"""The other side's words without our secrets: providers quote what they were sent, a password or a link in it included."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from steward.core.notify.answers import Answer, Outcome, answer

BLANK: Final = "•••"
SHORTEST: Final = 4  # letters; shorter ones would blank every second word, and are no secrets
KEY_SHORTEST: Final = 16
_PART: Final = re.compile(r"[/:@?&=,;#\s]+")
_KEY: Final = re.compile(rf"[A-Za-z0-9_\-]{{{KEY_SHORTEST},}}")


def secrets_in_address(url: str) -> frozenset[str]:
    """Every part of an Apprise address behind its scheme: for some services the very host is the secret."""
    rest = url.partition("://")[2]
    found = {part for text in (rest, unquote(rest)) for part in _PART.split(text)}
    user_info = rest.rpartition("@")[0]
    found |= {unquote(part) for part in user_info.split(":", 1)}
    return frozenset(part for part in found if len(part) >= SHORTEST)


def secrets_in_mail(text: str) -> frozenset[str]:
    """The keys of the links in a sealed mail."""
    return frozenset(_KEY.findall(text))


def without(said: Answer, secrets: Iterable[str]) -> Answer:
    """The answer with every secret blanked, in whatever spelling a server may repeat it."""
    spellings = sorted({each for secret in secrets for each in _spellings(secret)}, key=len, reverse=True)
    if not spellings:
        return said
    # With what pads base64.
    pattern = re.compile(f"(?:{'|'.join(map(re.escape, spellings))})={{0,2}}", re.IGNORECASE)
    params = {name: pattern.sub(BLANK, value) for name, value in said.params.items()}
    return replace(said, text=pattern.sub(BLANK, said.text), params=params)


def _spellings(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield secret
    yield from (quote(secret, safe=""), quote_plus(secret))
    yield from (base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("="))
    yield raw.hex()


def quoted(text: str, address: str) -> str:
    """What another side said, in one printable line of at most 300 characters, without any part of the address it was asked at."""
    return without(answer(Outcome.SENT, text), secrets_in_address(address)).text
