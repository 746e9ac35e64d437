# SPDX-License-Identifier: Apache-2.0
"""From a kind and its parameters to words, in the recipient's language and zone, with what the recipient may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.template.backends.django import DjangoTemplates
from django.template.loader import render_to_string
from django.utils import timezone, translation

from steward.core.records.public import RecordRef, find_records, record_kind
from steward.core.tenancy.public import Scope, scoped
from steward.settings.env import get_settings


@dataclass(frozen=True, slots=True)
class Words:
    """What is read: a subject of one line, a text, the same as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Link:
    """A record in a message."""

    title: str
    url: str

    def __str__(self) -> str:
        return self.title


def render(kind: str, params: Mapping[str, Any], *, language: str, zone: str, scope: Scope) -> Words:
    """The words of a message. Needs a transaction, since titles of records are read in the recipient's `scope`.

    A parameter that is a reference ("assets.asset:<uid>") becomes a Link; one the recipient may not see, an empty text.
    """
    with scoped(scope), translation.override(known_language(language)), timezone.override(known_zone(zone)):
        context = {**params, **_links(params), "base_url": get_settings().base_url}
        # Plain text: what is escaped here would be read as it stands.
        subject, _, text = _plain(f"notices/{kind}.txt", context).partition("\n")
        return words(subject, text, language)


def words(subject: str, text: str, language: str) -> Words:
    """Text as mail in both forms."""
    line, body = " ".join(subject.split())[:200], text.strip()
    html = render_to_string("notify/mail.html", {"subject": line, "text": body, "language": language})
    return Words(line, body + "\n", html)


def known_language(language: str) -> str:
    """`language` when there are words in it, English otherwise."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def known_zone(name: str) -> ZoneInfo:
    """The zone called `name`, UTC when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _plain(template: str, context: dict[str, Any]) -> str:
    return _unescaped().get_template(template).render(context).strip()


@lru_cache(maxsize=1)
def _unescaped() -> DjangoTemplates:
    options = {"autoescape": False, "context_processors": []}
    return DjangoTemplates({"NAME": "notices", "DIRS": [], "APP_DIRS": True, "OPTIONS": options})


def _links(params: Mapping[str, Any]) -> dict[str, Link | str]:
    refs: dict[str, RecordRef] = {}
    for name, value in params.items():
        if isinstance(value, str) and ":" in value:
            try:
                refs[name] = RecordRef.parse(value)
            except ValueError:
                continue
    found = find_records(refs.values())
    base = get_settings().base_url
    links: dict[str, Link | str] = {}
    for name, ref in refs.items():
        row = found.get(ref)
        declared = record_kind(ref.kind)
        links[name] = Link(declared.title(row), base + declared.url(row)) if row is not None else ""
    return links
