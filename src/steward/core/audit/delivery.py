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
    """Send `head` to `target`. Who calls records the reason and tries again.

    Raises BadTarget, OSError, httpx.HTTPError, httpx.InvalidURL.
    """
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


def reason(failure: Exception) -> str:
    """Why an anchor did not arrive. A hook's address may be its secret, and httpx quotes it in a spelling of its own: of its
    errors the kind is told, and the status."""
    if isinstance(failure, httpx.HTTPStatusError):
        return f"HTTPStatusError: the hook answered {failure.response.status_code}"
    if isinstance(failure, BadTarget):
        return f"BadTarget: {failure}"
    said = getattr(failure, "strerror", None) or getattr(failure.__cause__, "strerror", None)
    return f"{type(failure).__name__}: {said}" if said else type(failure).__name__


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
