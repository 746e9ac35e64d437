# SPDX-License-Identifier: Apache-2.0
"""Handing mail to a mail server (RFC 5321), step by step, so that its own words are kept."""

import base64
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from steward.core.notify.addresses import on_the_line
from steward.core.notify.answers import Answer, Outcome, answer, own_answer

TIMEOUT: Final = 10.0  # seconds for each step; a server that hangs must not hold a worker
OK: Final = 250
WILL_FORWARD: Final = 251
SIGNED_IN: Final = 235
PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @property
    def secrets(self) -> frozenset[str]:
        """The password, and what AUTH PLAIN sends, which holds it."""
        if not self.password:
            return frozenset()
        return frozenset({self.password, self.plain})

    @property
    def plain(self) -> str:
        """What AUTH PLAIN sends."""
        return base64.b64encode(f"\0{self.user}\0{self.password}".encode()).decode()

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """From `smtp://`, `smtps://` or `smtp+starttls://user:password@host:port`. Raises ValueError without the secret."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("STEWARD_SMTP_URL: write smtp://, smtps:// or smtp+starttls://user:password@host:port")
        try:
            port = parts.port or PORTS[parts.scheme]
        except ValueError:
            raise ValueError("STEWARD_SMTP_URL: the port is a number up to 65535") from None
        return cls(parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))


def hand_over(
    message: EmailMessage, *, sender: str, recipient: str, server: MailServer, timeout: float = TIMEOUT
) -> Answer:
    """Give one mail for one recipient to the server. Whatever happens is an answer; nothing is raised."""
    try:
        with _session(server, timeout) as session:
            return _dialogue(session, message, on_the_line(sender), on_the_line(recipient))
    except smtplib.SMTPAuthenticationError as wrong:
        return own_answer(Outcome.LATER, "sign_in", host=server.host, what=str(wrong.smtp_code))
    except smtplib.SMTPNotSupportedError:
        return own_answer(Outcome.LATER, "no_tls", host=server.host)
    except smtplib.SMTPResponseException as wrong:
        return _judged(wrong.smtp_code, wrong.smtp_error)
    except smtplib.SMTPServerDisconnected:
        return own_answer(Outcome.LATER, "closed", host=server.host, seconds=f"{timeout:.0f}")
    except TimeoutError:
        return own_answer(Outcome.LATER, "silent", host=server.host, seconds=f"{timeout:.0f}")
    except ssl.SSLError as wrong:
        return own_answer(Outcome.LATER, "tls", host=server.host, what=wrong.reason or "?")
    except (OSError, smtplib.SMTPException) as wrong:
        what = getattr(wrong, "strerror", None) or type(wrong).__name__
        return own_answer(Outcome.LATER, "unreachable", host=server.host, what=what)
    except ValueError:  # an address of other letters than ASCII before the @, or of a domain that is none
        return own_answer(Outcome.REFUSED, "unwritable")


@contextmanager
def _session(server: MailServer, timeout: float) -> Iterator[smtplib.SMTP]:
    if server.scheme == "smtps":
        session: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        session = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        session.ehlo_or_helo_if_needed()
        if server.scheme == "smtp+starttls":
            session.starttls(context=ssl.create_default_context())
            session.ehlo()
        if server.user:
            _sign_in(session, server)
        yield session
    finally:
        # The mail was taken or not by now; a goodbye that fails changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            session.quit()


def _sign_in(session: smtplib.SMTP, server: MailServer) -> None:
    if f"{server.user}{server.password}".isascii():
        session.login(server.user, server.password)
        return
    # The library writes ASCII alone; the mechanism's text is UTF-8 (RFC 4616).
    code, said = session.docmd("AUTH", f"PLAIN {server.plain}")
    if code != SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, said)


def _dialogue(session: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> Answer:
    code, said = session.mail(sender)
    if code != OK:
        return _judged(code, said)
    code, said = session.rcpt(recipient)
    if code not in (OK, WILL_FORWARD):
        return _judged(code, said, for_good=Outcome.BOUNCED)
    code, said = session.data(message.as_bytes())
    return answer(Outcome.SENT, f"{code} {_text(said)}") if code == OK else _judged(code, said)


def _judged(code: int, said: bytes | str, *, for_good: Outcome = Outcome.REFUSED) -> Answer:
    return answer(for_good if 500 <= code < 600 else Outcome.LATER, f"{code} {_text(said)}")


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
