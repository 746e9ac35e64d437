# SPDX-License-Identifier: Apache-2.0
"""Machines that enrol through the real endpoint, as the agent does."""

import json
import time
from base64 import b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client as Browser
from steward_agent.protocol.enrolment import ENROL_PATH, STATUS_PATH, EnrolRequest, encode_json
from steward_agent.protocol.signing import NO_AGENT, signed_headers


@dataclass
class Newcomer:
    """A machine that is not known yet."""

    hostname: str = "acme-web-01"
    machine_id: str = ""
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    address: str = "192.0.2.1"
    skew_s: float = 0.0

    @property
    def public_key(self) -> str:
        return b64encode(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def enrol(
        self, token: str, *, signer: Ed25519PrivateKey | None = None, **changed: object
    ) -> tuple[int, dict[str, object]]:
        """What the endpoint answers: its status and its document."""
        request = EnrolRequest(
            token=token, public_key=self.public_key, hostname=self.hostname, machine_id=self.machine_id, os="Linux 6.1", arch="x86_64",
            agent_version="0.1.0", boot_id="b" * 32,
        )  # fmt: skip
        body = json.dumps(json.loads(encode_json(request)) | changed).encode()
        headers = signed_headers(
            signer or self.key, NO_AGENT, "POST", ENROL_PATH, body, time_ms=int((time.time() + self.skew_s) * 1000)
        )
        got = Browser().post(
            ENROL_PATH, body, content_type="application/json", headers=headers, REMOTE_ADDR=self.address
        )
        return got.status_code, got.json()

    def status(self, agent_id: int, *, signer: Ed25519PrivateKey | None = None) -> tuple[int, dict[str, object]]:
        """How the server says it sees this machine."""
        headers = signed_headers(signer or self.key, agent_id, "GET", STATUS_PATH, b"", time_ms=int(time.time() * 1000))
        got = Browser().get(STATUS_PATH, headers=headers, REMOTE_ADDR=self.address)
        return got.status_code, got.json()
