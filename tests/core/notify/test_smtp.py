# SPDX-License-Identifier: Apache-2.0
"""The dialogue with a mail server: sign-in, TLS, and what is made of its answers."""

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from steward.core.notify.answers import Answer, Outcome
from steward.core.notify.mail import Sender, compose
from steward.core.notify.rendering import Words
from steward.core.notify.smtp import MailServer, hand_over
from tests.core.notify.mail_server import PASSWORD, USER, Handler, authenticate, start

# The server of the tests takes passwords without TLS, which it finds worth a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
SIGNING_IN = {"authenticator": authenticate, "auth_require_tls": False, "auth_required": True}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(encoding))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def serve() -> Iterator[Any]:
    """`serve(handler, **options)` gives the port."""
    started = []

    def begin(handler: Handler, **options: Any) -> int:
        started.append(start(handler, **options))
        port: int = started[-1].port
        return port

    yield begin
    for server in started:
        server.stop()


def mail_to(url: str, timeout: float = 2.0, *, to: str = "bob@birch.example") -> Answer:
    words = Words("Şehir", "Işık\n.\n..dots\n", "<p>Işık</p>")
    sender = Sender("", "help@acme.example", "")
    at = datetime(2026, 1, 2, tzinfo=UTC)
    mail = compose(words, sender=sender, to=to, to_name="", identifier="<a@acme.example>", token="", at=at)
    return hand_over(mail, sender=sender.address, recipient=to, server=MailServer.parse(url), timeout=timeout)


def test_signing_in_works_and_a_wrong_password_is_told_without_it(serve: Any) -> None:
    handler = Handler()
    port = serve(handler, **SIGNING_IN)
    assert (
        mail_to(f"smtp://{USER}:{PASSWORD.replace('@', '%40').replace('/', '%2F')}@127.0.0.1:{port}").outcome
        is Outcome.SENT
    )
    assert handler.taken[0].get_content_type() == "multipart/alternative"
    said = mail_to(f"smtp://{USER}:geheim@127.0.0.1:{port}")
    assert (said.outcome, said.text) == (Outcome.LATER, "127.0.0.1 refuses the sign-in: 535")
    # a server that wants a sign-in and gets none
    assert mail_to(f"smtp://127.0.0.1:{port}").outcome is Outcome.REFUSED


@pytest.mark.parametrize("good", [True, False])
def test_a_password_with_letters_beyond_ascii_signs_in(serve: Any, good: bool) -> None:
    def letters(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = good and data.password == "şifre ü".encode()
        return AuthResult(success=right, handled=right)

    handler = Handler()
    port = serve(handler, authenticator=letters, auth_require_tls=False, auth_required=True)
    said = mail_to(f"smtp://{USER}:%C5%9Fifre%20%C3%BC@127.0.0.1:{port}")
    assert said.outcome is (Outcome.SENT if good else Outcome.LATER), said.text
    assert good or said.code == "sign_in"


def test_a_domain_of_other_letters_is_written_as_servers_know_it(serve: Any) -> None:
    handler = Handler()
    said = mail_to(f"smtp://127.0.0.1:{serve(handler)}", to="bob@bücher.example")
    assert said.outcome is Outcome.SENT, said.text
    assert handler.taken[0]["To"] == "bob@xn--bcher-kva.example"
    assert handler.recipients == ["bob@xn--bcher-kva.example"]


def test_tls_is_not_left_out_when_the_server_has_none(serve: Any) -> None:
    handler = Handler()
    said = mail_to(f"smtp+starttls://127.0.0.1:{serve(handler)}")
    assert said.outcome is Outcome.LATER
    assert "offers no STARTTLS" in said.text
    assert handler.taken == []


def test_starttls_works_with_a_certificate_that_is_trusted(
    serve: Any, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = Handler()
    port = serve(handler, tls_context=tls, require_starttls=True)
    said = mail_to(f"smtp+starttls://127.0.0.1:{port}")
    assert said.outcome is Outcome.LATER
    assert "TLS failed" in said.text
    assert handler.taken == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert mail_to(f"smtp+starttls://127.0.0.1:{port}") == Answer(Outcome.SENT, "250 2.0.0 taken as queue-id 4711")


@pytest.mark.parametrize(
    ("rcpt", "data", "expected"),
    [
        ("550 5.1.1 no such user", "", Answer(Outcome.BOUNCED, "550 5.1.1 no such user")),
        ("450 4.2.0 greylisted", "", Answer(Outcome.LATER, "450 4.2.0 greylisted")),
        ("", "554 5.7.1 spam", Answer(Outcome.REFUSED, "554 5.7.1 spam")),
        ("", "451 4.3.0 busy", Answer(Outcome.LATER, "451 4.3.0 busy")),
        ("hang", "", Answer(Outcome.LATER, "127.0.0.1 closed the connection or did not answer within 1 s", "closed")),
    ],
)
def test_every_answer_has_its_meaning(serve: Any, rcpt: str, data: str, expected: Answer) -> None:
    assert mail_to(f"smtp://127.0.0.1:{serve(Handler(rcpt, data))}", timeout=1.0) == expected


def test_a_server_that_is_not_there_is_an_answer_too(serve: Any) -> None:
    for url in ("smtp://127.0.0.1:1", "smtps://127.0.0.1:1", "smtp://no-such-host.invalid"):
        said = mail_to(url)
        assert said.outcome is Outcome.LATER
        assert "is not reachable" in said.text
