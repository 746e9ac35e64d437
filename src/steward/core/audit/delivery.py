# SPDX-License-Identifier: Apache-2.0
"""Taking an anchor off the machine: to a file (of another machine's disk), by mail, to a web hook."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from django.core.mail import EmailMessage

from steward.core.audit.anchors import SignedHead

TIMEOUT_SECONDS = 10.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class BadTarget(ValueError):
    """STEWARD_AUDIT_ANCHOR names no place that an anchor can go to."""


def deliver(head: SignedHead, target: str) -> None:
    """Send `head` to `target`. Raises BadTarget, OSError, httpx.HTTPError; who calls records the reason and tries again."""
    url = urlsplit(target)
    if url.scheme == "file" and url.path:
        append(Path(unquote(url.path)), head)
    elif url.scheme == "mailto" and "@" in url.path:
        _mail(unquote(url.path), head)
    elif url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK):
        _post(target, head)
    else:
        raise BadTarget("STEWARD_AUDIT_ANCHOR: file:///path, mailto:address or https://hook")


def shown(target: str) -> str:
    """A target as it may be shown and stored: a web hook's path and query may hold its secret."""
    url = urlsplit(target)
    return f"{url.scheme}://{url.hostname}" if url.scheme in ("https", "http") else target[:300]


def append(path: Path, head: SignedHead) -> None:
    """Add one line to a file and wait until it is on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as handle:
        handle.write(head.line() + "\n")
        handle.flush()
        os.fsync(handle.fileno())


def _mail(address: str, head: SignedHead) -> None:
    # In English and without words to translate: it is read by `steward audit verify --anchor`, not by a person.
    message = EmailMessage(subject=f"[steward] audit anchor {head.seq}", body=head.line() + "\n", to=[address])
    message.send(fail_silently=False)


def _post(url: str, head: SignedHead) -> None:
    answer = httpx.post(
        url,
        content=head.line(),
        headers={"Content-Type": "application/json"},
        timeout=TIMEOUT_SECONDS,
        follow_redirects=False,
    )
    answer.raise_for_status()
