# SPDX-License-Identifier: Apache-2.0
"""From a kind and its parameters to words, in the recipient's language and zone, with what the recipient may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from django.template.loader import render_to_string
from django.utils import timezone, translation

from steward.core.notify.kinds import UnknownNotice, notice_kind
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
class Said:
    """A message as the console shows it: a line, its text, and the page of the record it is about as a path, "" for none."""

    subject: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Link:
    """A record in a message: its title, its page as an address and as a path."""

    title: str
    url: str
    path: str

    def __str__(self) -> str:
        return self.title


def render(kind: str, params: Mapping[str, Any], *, language: str, zone: str, scope: Scope) -> Words:
    """The words of a message. Needs a transaction, since titles of records are read in the recipient's `scope`.

    A parameter that is a reference ("assets.asset:<uid>") becomes a Link; one the recipient may not see, an empty text.
    """
    with scoped(scope), translation.override(known_language(language)), timezone.override(known_zone(zone)):
        subject, text = _written(kind, params, _links([params]))
        return words(subject, text, language)


def say(asked: Sequence[tuple[str, Mapping[str, Any]]], *, language: str, zone: str) -> list[Said]:
    """Many messages for the reader of the current scope, in a fixed number of queries.

    A kind that nobody declares any more is said by its name: rows may be older than the code.
    """
    with translation.override(known_language(language)), timezone.override(known_zone(zone)):
        links = _links([params for _kind, params in asked])
        return [_said(kind, params, links) for kind, params in asked]


def _said(kind: str, params: Mapping[str, Any], links: Mapping[str, Link]) -> Said:
    try:
        about = links.get(str(params.get(notice_kind(kind).about, "")))
        subject, text = _written(kind, params, links)
    except (UnknownNotice, TemplateDoesNotExist):
        return Said(kind, "", "")
    return Said(" ".join(subject.split())[:200], text.strip(), about.path if about else "")


def _written(kind: str, params: Mapping[str, Any], links: Mapping[str, Link]) -> tuple[str, str]:
    found = {name: links.get(value, "") for name, value in params.items() if _is_ref(value)}
    context = {**params, **found, "base_url": get_settings().base_url}
    # Plain text: what is escaped here would be read as it stands.
    subject, _, text = _plain(f"notices/{kind}.txt", context).partition("\n")
    return subject, text


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


def _is_ref(value: object) -> bool:
    return isinstance(value, str) and _ref(value) is not None


def _ref(text: str) -> RecordRef | None:
    try:
        return RecordRef.parse(text)
    except ValueError:
        return None


def _links(all_params: Iterable[Mapping[str, Any]]) -> dict[str, Link]:
    """The references among the parameters, by their text, as far as the scope may see them."""
    texts = {value for params in all_params for value in params.values() if isinstance(value, str) and ":" in value}
    refs = {text: ref for text in texts if (ref := _ref(text)) is not None}
    found = find_records(refs.values())
    base = get_settings().base_url
    links: dict[str, Link] = {}
    for text, ref in refs.items():
        if (row := found.get(ref)) is not None:
            declared = record_kind(ref.kind)
            path = declared.url(row)
            links[text] = Link(declared.title(row), base + path, path)
    return links
