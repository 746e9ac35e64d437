# SPDX-License-Identifier: Apache-2.0
"""Somebody at a browser, without the browser: cookies, forms with their proof of origin, and what was seen on the way."""

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import dataclass, field

import httpx

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Visitor:
    """`cookies` holds every value that a session or CSRF cookie ever had."""

    base: str
    cookies: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.base, timeout=30, follow_redirects=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET, and remember cookies."""
        return self._remembered(self.client.get(path, headers=headers))

    def follow(self, path: str) -> httpx.Response:
        """GET, and go where it is sent."""
        answer = self.get(path)
        while answer.is_redirect:
            answer = self.get(answer.headers["Location"])
        return answer

    def send(self, path: str, values: dict[str, object], *, page: httpx.Response | None = None) -> httpx.Response:
        """POST a form; the page is fetched first for its proof of origin unless it is given."""
        proof = CSRF.search((page or self.get(path)).text)
        assert proof is not None, f"no form at {path}"
        return self.send_bare(path, values | {"csrfmiddlewaretoken": proof[1]}, Origin=self.base)

    def send_bare(self, path: str, values: dict[str, object], **headers: str) -> httpx.Response:
        """POST without fetching anything first."""
        return self._remembered(self.client.post(path, data=values, headers=headers))

    def prove_again(self, password: str) -> None:
        """Where a page asks once more who this is."""
        self.send("/accounts/reauthenticate/", {"password": password})

    def _remembered(self, answer: httpx.Response) -> httpx.Response:
        for cookie in self.client.cookies.jar:
            if cookie.value and len(cookie.value) > 20:
                self.cookies.setdefault(cookie.name, set()).add(cookie.value)
        return answer


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
