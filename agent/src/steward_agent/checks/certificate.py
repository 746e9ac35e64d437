# SPDX-License-Identifier: Apache-2.0
"""What a certificate says of itself, and what a TLS connection presented. Pure but for the latter; nothing here judges."""

import datetime as dt
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

# OpenSSL's numbers (x509_vfy.h); the others are told by number.
FAULTS: Final = {
    9: "not_yet_valid",
    10: "expired",
    18: "self_signed",
    19: "unknown_authority",
    20: "unknown_authority",
    21: "unknown_authority",
    23: "revoked",
    62: "other_host",
    64: "other_host",
}
# Names beyond these are counted, not shown: a certificate may have thousands.
MAX_NAMES: Final = 8
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Times aware, in UTC. `names` are those of hosts and addresses it is made for, as text, at most MAX_NAMES and a `+n`."""

    subject: str
    issuer: str
    not_before: dt.datetime
    not_after: dt.datetime
    names: tuple[str, ...]

    @property
    def ends(self) -> str:
        return _instant(self.not_after)

    @property
    def begins(self) -> str:
        return _instant(self.not_before)


def read_certificate(der: bytes) -> Certificate | None:
    """None for what can't be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        return Certificate(
            found.subject.rfc4514_string(),
            found.issuer.rfc4514_string(),
            found.not_valid_before_utc,
            found.not_valid_after_utc,
            _names(found),
        )
    except _UNREADABLE:
        return None


def first_ending(certificates: Iterable[Certificate]) -> Certificate | None:
    """The one that ends before the others."""
    return min(certificates, key=lambda one: one.not_after, default=None)


def presented(sock: ssl.SSLSocket) -> list[Certificate]:
    """What the peer sent and counts, its own certificate first: where the chain was verified, without what that did not need.

    An old intermediate sent along for clients of another age may have ended long ago and hurts nobody.
    """
    leaf = sock.getpeercert(binary_form=True) or b""
    sent = _chain(sock, "get_unverified_chain") or [leaf]
    used = set(_chain(sock, "get_verified_chain")) if sock.context.verify_mode is ssl.CERT_REQUIRED else set()
    read = (read_certificate(each) for each in sent if not used or each in used)
    return [each for each in read if each is not None]


def _chain(sock: ssl.SSLSocket, name: str) -> list[bytes]:
    """Of Python 3.13 on by that very name on the socket; before, one storey below since 3.10. Empty where neither is."""
    public = getattr(sock, name, None)
    below = getattr(getattr(sock, "_sslobj", None), name, None)
    try:
        found: list[Any] = list((public or below or list)() or ())
    except ssl.SSLError:
        return []
    return [each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in found]


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    found = [*told.get_values_for_type(x509.DNSName), *map(str, told.get_values_for_type(x509.IPAddress))]
    more = len(found) - MAX_NAMES
    return (*found[:MAX_NAMES], *([f"+{more}"] if more > 0 else []))


def _instant(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
