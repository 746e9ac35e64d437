# SPDX-License-Identifier: Apache-2.0
"""Checks of what people type about clients: pure, values in, the cleaned value out or a refusal that names the field."""

import re
import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused
from steward.settings.zones import zone_names

SLUG_LENGTH = 40
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{3,38}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
# Letters that lose their shape in a decomposition, or have none.
_LATIN = str.maketrans({"ı": "i", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe"})


def slug_of(name: str) -> str:
    """A name as it stands in addresses: `Delta Gıda A.Ş.` becomes `delta-gida-a-s`; empty where nothing Latin is left."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LATIN))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return _NOT_SLUG.sub("-", letters).strip("-")[:SLUG_LENGTH].rstrip("-")


def required(field: str, text: str) -> str:
    """The text without surrounding space. Raises Refused when nothing is left, or a control character is inside."""
    cleaned = " ".join(text.split())
    if not cleaned:
        raise Refused(field, _("Fill this in."))
    if any(unicodedata.category(each) == "Cc" for each in cleaned):
        raise Refused(field, _("Take out the control characters."))
    return cleaned


def short(field: str, text: str, length: int) -> str:
    """The text. Raises Refused when it is longer than `length` characters."""
    if len(text) > length:
        raise Refused(field, _("Use at most %(length)s characters.") % {"length": length})
    return text


def known_timezone(field: str, name: str) -> str:
    """A zone of the IANA database, or empty. Raises Refused."""
    if name and name not in zone_names():
        raise Refused(field, _("Choose a time zone such as Europe/Istanbul."))
    return name


def known_language(field: str, code: str) -> str:
    """A language that the product speaks, or empty. Raises Refused."""
    if code and code not in dict(settings.LANGUAGES):
        raise Refused(field, _("Choose one of the languages offered."))
    return code


def country_code(field: str, text: str) -> str:
    """Two capital letters, or empty. Raises Refused."""
    code = text.strip().upper()
    if code and not _COUNTRY.fullmatch(code):
        raise Refused(field, _("Use the country's two letters, such as TR or DE."))
    return code


def phone_number(field: str, text: str) -> str:
    """A telephone number as written, or empty. Raises Refused."""
    number = " ".join(text.split())
    if number and not _PHONE.fullmatch(number):
        raise Refused(field, _("Use digits, spaces and a leading +, such as +90 212 555 01 02."))
    return number


def one_of(field: str, value: str, choices: Iterable[str]) -> str:
    """The value. Raises Refused when it is none of the choices."""
    if value not in choices:
        raise Refused(field, _("Choose one of those offered."))
    return value
