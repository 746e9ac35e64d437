# SPDX-License-Identifier: Apache-2.0
"""Answers, made comparable: what differs from call to call by design is taken out, and nothing else."""

import re
from dataclasses import dataclass

from django.http import HttpResponse
from django.test import Client as Browser

_DIFFERS = [
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(r'"X-CSRFToken": ?"[^"]+"'),
    re.compile(r'(hx-headers|data-csrf|content)="[^"]*[A-Za-z0-9]{32,}[^"]*"'),
    re.compile(r'"request_id": ?"[^"]+"'),
    re.compile(r"<time[^>]*>[^<]*</time>"),
    re.compile(r"\b[0-9a-f]{32}\b"),
]


@dataclass(frozen=True)
class Answer:
    """A status and a body without what always differs."""

    status: int
    body: str


def ask(browser: Browser, method: str, path: str, *, own: dict[str, object] | None = None) -> Answer:
    """Call an address. `own` are the identifiers in it, which an answer may repeat and which are taken out."""
    kwargs = {"content_type": "application/json", "data": "{}"} if path.startswith("/api/") and method != "GET" else {}
    response = browser.generic(method, path, **kwargs) if kwargs else getattr(browser, method.lower())(path)
    return answer_of(response, own or {})


def answer_of(response: HttpResponse, own: dict[str, object]) -> Answer:
    body = b"".join(response) if response.streaming else response.content
    text = body.decode(errors="replace")
    for pattern in _DIFFERS:
        text = pattern.sub("", text)
    for value in own.values():
        text = re.sub(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", "<id>", text)
    return Answer(response.status_code, text + response.get("Location", ""))
