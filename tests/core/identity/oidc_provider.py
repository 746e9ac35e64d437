# SPDX-License-Identifier: Apache-2.0
"""Providers over HTTP: a real one as a process of its own, and one that lies as a test tells it."""

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

REAL = """
import sys, oidc_provider_mock
with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
    print(server.server_port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def real_provider() -> Iterator[str]:
    """oidc-provider-mock (Authlib) in a process of its own; gives its issuer."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", REAL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://localhost:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def consent(address: str, subject: str) -> dict[str, str]:
    """Sign in at the real provider as `subject`, as its form does; what it sends back to us."""
    answer = httpx.post(address, data={"sub": subject}, follow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def away(page: str) -> str:
    """The provider's address on the page that leads there."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Liar(ThreadingHTTPServer):
    """A provider that says what `claims`, `head`, `found` and `key` make of the truth; `code` is always "code"."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.key = KEY
        self.signs_with: Any = KEY
        self.claims: dict[str, Any] = {}
        self.head: dict[str, Any] = {"kid": "one"}
        self.algorithm = "RS256"
        self.found: dict[str, Any] = {}
        self.nonce = ""
        self.token: str | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def discovery(self) -> dict[str, Any]:
        own = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return own | self.found

    def keys(self) -> dict[str, Any]:
        own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [own | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def id_token(self) -> str:
        if self.token is not None:
            return self.token
        now = int(time.time())
        true = {"iss": self.issuer, "sub": "s-1", "aud": "steward", "iat": now, "exp": now + 300, "nonce": self.nonce}
        said = {name: value for name, value in (true | self.claims).items() if value is not ...}
        return jwt.encode(said, self.signs_with, algorithm=self.algorithm, headers=self.head)

    def answer(self, address: str, **other: str) -> dict[str, str]:
        """What a browser that was sent to `address` brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = asked["nonce"]
        return {"code": "code", "state": asked["state"], **other}


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Liar)
        self._say(self.server.keys() if self.path == "/keys" else self.server.discovery())

    def do_POST(self) -> None:
        assert isinstance(self.server, Liar)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = dict(parse_qsl(body))
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        self.server.asked.append((base64.b64decode(basic).decode(), said))
        self._say({"access_token": "x", "token_type": "Bearer", "id_token": self.server.id_token()})

    def _say(self, said: dict[str, Any]) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Nothing."""
