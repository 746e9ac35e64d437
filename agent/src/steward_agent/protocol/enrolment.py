# SPDX-License-Identifier: Apache-2.0
"""How a machine becomes known: a token once, its own key from then on (JSON, on the web's address).

The request is signed too, with agent id 0, which proves that the sender holds the key it brings. Asking again with the
same key and token must give the same agent: the first answer may have been lost.
"""

import base64
import binascii
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded
from steward_agent.protocol.policy import DEFAULT_INTERVAL_S, Seconds
from steward_agent.protocol.results import Capabilities
from steward_agent.protocol.signing import MAX_AGENT_ID, PUBLIC_KEY_BYTES
from steward_agent.protocol.text import PRINTABLE, Line, Short
from steward_agent.protocol.versions import VERSION, check_version

ENROL_PATH = "/api/v1/agent/enroll"
STATUS_PATH = "/api/v1/agent/status"
MAX_ENROL_BYTES = 16 * 1024

AgentId = Annotated[int, Meta(ge=1, le=MAX_AGENT_ID)]
Hex = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{32})?\Z")]
Address = Annotated[str, Meta(min_length=1, max_length=512, pattern=PRINTABLE)]


class AgentState(StrEnum):
    """Pending until a person approves; revoked for good."""

    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"


class EnrolRequest(msgspec.Struct, frozen=True):
    """`public_key` is base64 of 32 bytes; `machine_id` is 32 hex digits derived from the machine's own, or empty.

    `checks` announces what it can observe; the inventory repeats it, for agents that are renewed later.
    """

    token: Annotated[str, Meta(min_length=8, max_length=256, pattern=r"\A[!-~]+\Z")]
    public_key: Annotated[str, Meta(max_length=64)]
    hostname: Annotated[str, Meta(min_length=1, max_length=253, pattern=PRINTABLE)]
    machine_id: Hex
    os: Line
    arch: Short
    agent_version: Short
    boot_id: Hex
    protocol: int = VERSION
    checks: Capabilities = {}

    def raw_public_key(self) -> bytes:
        """Raises ProtocolError when `public_key` is not base64 of 32 bytes."""
        try:
            raw = base64.b64decode(self.public_key, validate=True)
        except (binascii.Error, ValueError):
            raise ProtocolError("public_key", "must be base64") from None
        if len(raw) != PUBLIC_KEY_BYTES:
            raise ProtocolError("public_key", f"must be {PUBLIC_KEY_BYTES} bytes")
        return raw


class EnrolResponse(msgspec.Struct, frozen=True):
    """`server_time` is unix time in ms, `interval` in seconds."""

    agent_id: AgentId
    agent_uid: Short
    state: AgentState
    gateway_url: Address
    server_time: int
    interval: Seconds = DEFAULT_INTERVAL_S


class StatusResponse(msgspec.Struct, frozen=True):
    """How the server sees the agent now; `gateway_url` may have moved since enrolment."""

    state: AgentState
    gateway_url: Address
    server_time: int
    interval: Seconds = DEFAULT_INTERVAL_S


_requests = msgspec.json.Decoder(EnrolRequest)
_responses = msgspec.json.Decoder(EnrolResponse)
_statuses = msgspec.json.Decoder(StatusResponse)


def encode_json(message: EnrolRequest | EnrolResponse | StatusResponse) -> bytes:
    return msgspec.json.encode(message)


def decode_enrol_request(body: bytes) -> EnrolRequest:
    """Raises ProtocolError for anything that is not a request of a version understood, the key included."""
    if len(body) > MAX_ENROL_BYTES:
        raise ProtocolError("body", f"more than {MAX_ENROL_BYTES} bytes")
    request = decoded(_requests, body, "enrolment")
    check_version(request.protocol, "protocol")
    request.raw_public_key()
    return request


def decode_enrol_response(body: bytes) -> EnrolResponse:
    """Raises ProtocolError for anything else."""
    return decoded(_responses, body, "enrolment")


def decode_status_response(body: bytes) -> StatusResponse:
    """Raises ProtocolError for anything else."""
    return decoded(_statuses, body, "status")
