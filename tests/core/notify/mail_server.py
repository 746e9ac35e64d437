# SPDX-License-Identifier: Apache-2.0
"""A real mail server for the tests, which takes mail, refuses it, hangs, or goes away."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "steward", "p@ss/word"


@dataclass
class Handler:
    """What the server says; `rcpt` and `data` are answers, "" to take it and "hang" to say nothing at all."""

    rcpt: str = ""
    data: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    asked: int = 0

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked += 1
        if self.rcpt == "hang":
            await asyncio.sleep(3600)
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message: Any = message_from_bytes(envelope.content, policy=SMTP)
        self.taken.append(message)
        return self.data or "250 2.0.0 taken as queue-id 4711"


def authenticate(server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)


class AnyPort(Controller):
    """A controller on a port that the system chooses; it has to learn it before it knocks at its own door."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def start(handler: Handler, **options: Any) -> AnyPort:
    """A running server on a free port of loopback."""
    controller = AnyPort(handler, hostname="127.0.0.1", port=0, **options)
    controller.start()
    return controller
