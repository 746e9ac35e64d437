# SPDX-License-Identifier: Apache-2.0
"""An authority and certificates of a test's own, on the disk, and server contexts that use them."""

import datetime as dt
import ssl
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """`file` is what a client trusts; `sent` goes out with each certificate signed here."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    sent: bytes = b""

    @property
    def file(self) -> str:
        return str(self.folder / "authority.pem")

    def server(self, *hosts: str, days: float = 30, signed: bool = True, begins: float = -1) -> ssl.SSLContext:
        """A server for `hosts` whose certificate begins and ends in so many days; one it signed itself when not `signed`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        now = dt.datetime.now(dt.UTC)
        ends = now + dt.timedelta(days=days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.certificate.subject if signed else name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, ends) + dt.timedelta(days=begins))
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key((self.key if signed else key).public_key()),
                critical=False,
            )
        )
        certificate = builder.sign(self.key if signed else key, hashes.SHA256())
        path = self.folder / f"server-{certificate.serial_number}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + self.sent + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def authority(folder: Path) -> Authority:
    return _authority(folder, "authority of a test", days=365)


def below(above: Authority, days: float) -> Authority:
    """An intermediate one that ends in `days`; its certificate is sent along, as servers must."""
    made = _authority(above.folder, "intermediate of a test", days=days, above=above)
    return replace(made, sent=made.certificate.public_bytes(serialization.Encoding.PEM))


def _authority(folder: Path, called: str, *, days: float, above: Authority | None = None) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    signer = above.key if above else key
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(above.certificate.subject if above else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if above else 1), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    made = Authority(folder, key, certificate)
    if above is None:
        Path(made.file).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
