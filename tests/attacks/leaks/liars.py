# SPDX-License-Identifier: Apache-2.0
"""Providers that repeat, in their refusals, whatever they were told: a mail server, and a web hook that passes for a sign-in
provider."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.core.notify.mail_server import AnyPort


@dataclass
class LyingMail:
    """Takes any password, keeps every mail, and refuses it with the password and the mail's longest words in the answer."""

    mails: list[str] = field(default_factory=list)
    password: str = ""

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.password = data.password.decode()
        return AuthResult(success=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail: Any = message_from_bytes(envelope.content, policy=policy.SMTP)
        text = str(mail.get_body(("plain",)).get_content())
        self.mails.append(f"{mail['To']}\n{text}")
        link = next((word for word in text.split() if "/password/reset/key/" in word), "no link")
        plain = base64.b64encode(f"\0steward\0{self.password}".encode()).decode()
        return f"451 4.7.1 {self.password} {plain} sent {link}"


class Hook(BaseHTTPRequestHandler):
    """Answers 503 and says what it was asked, with which headers."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"{self.path} {self.headers.as_string()} {body.decode('utf-8', 'replace')}".encode()
        self.send_response(503, self.path[:200])
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        self.server.asked.append(self.path)  # type: ignore[attr-defined]  # set below

    do_PUT = do_HEAD = do_DELETE = do_POST

    def do_GET(self) -> None:
        """A sign-in provider says who it is, so that it is told our secret; of all else as the others."""
        if self.path != "/idp/.well-known/openid-configuration":
            self.do_POST()
            return
        issuer = f"http://127.0.0.1:{self.server.server_port}/idp"  # type: ignore[attr-defined]  # of a server over TCP
        parts = {name: f"{issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        said = json.dumps({"issuer": issuer, **parts}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Liars:
    """Both, with their ports, and what they were asked."""

    mail: LyingMail
    mail_port: int
    hook_port: int
    hooked: list[str]


@contextmanager
def liars() -> Iterator[Liars]:
    """Both, for the length of the block."""
    mail = LyingMail()
    smtp = AnyPort(mail, hostname="127.0.0.1", port=0, authenticator=mail.authenticate, auth_require_tls=False)
    smtp.start()
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    hook.asked = []  # type: ignore[attr-defined]  # read by the handler
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    try:
        yield Liars(mail, smtp.port, hook.server_port, hook.asked)  # type: ignore[attr-defined]  # set above
    finally:
        hook.shutdown()
        hook.server_close()
        smtp.stop()
