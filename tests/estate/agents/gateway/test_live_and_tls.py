# SPDX-License-Identifier: Apache-2.0
"""Word to open pages, and listening beyond loopback."""

import asyncio
import http.client
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import transaction
from steward_agent.protocol.series import Series

from steward.core.tenancy.public import Client, scoped, system_scope
from steward.core.ui.public import topic
from steward.estate.agents.gateway.ledger import connection_parameters
from steward.estate.agents.gateway.options import Options
from steward.estate.agents.gateway.server import Gateway, tls_context
from steward.estate.assets.models import Asset
from tests.fixtures.gateway import RunningGateway, make_machine


@pytest.mark.django_db(transaction=True)
def test_open_pages_of_an_asset_are_told_of_new_samples(gateway: RunningGateway, acme: Client) -> None:
    machine = make_machine(acme)
    with psycopg.connect(**connection_parameters(), autocommit=True) as listener:
        listener.execute("listen steward_live")
        ids = machine.register(gateway.port, [Series("cpu.used_percent")])
        assert machine.send(gateway.port, machine.batch([(ids[0], int(time.time() * 1000), 1.0)])).status == 204
        gateway.run(gateway.gateway.heartbeat.write())
        told = [notice.payload for notice in listener.notifies(timeout=3, stop_after=1)]
    with scoped(system_scope("tests")), transaction.atomic():
        asset = Asset.objects.select_related("client").get(pk=machine.asset_id)
    assert told == [topic(asset.client, "assets.metrics", asset.uid)]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.django_db(transaction=True)
def test_it_listens_with_a_certificate(store: object, tmp_path: Path) -> None:
    paths = certificate(tmp_path)

    async def asked() -> bytes:
        gateway = Gateway(Options())
        port = await gateway.start("127.0.0.1", 0, tls_context(*paths))
        try:
            return await asyncio.to_thread(_ask, port, paths[0])
        finally:
            await gateway.stop()

    # In a thread: the browser's driver keeps a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, asked()).result() == b"ok\n"


def _ask(port: int, trusted: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(trusted))
    link = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
    link.request("GET", "/healthz")
    return link.getresponse().read()
