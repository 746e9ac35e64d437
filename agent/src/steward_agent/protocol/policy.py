# SPDX-License-Identifier: Apache-2.0
"""What the server wants of an agent: how often to sample, how often to look at the inventory."""

from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.protocol.packing import decoded
from steward_agent.protocol.versions import VERSION, check_version

DEFAULT_INTERVAL_S = 30
DEFAULT_INVENTORY_S = 3600
MAX_POLICY_BYTES = 64 * 1024

Seconds = Annotated[int, Meta(ge=1, le=3600)]


class Policy(msgspec.Struct, frozen=True):
    """`interval` is the grid of samples in seconds (30; 10 where it is worth it), `inventory` that of inventories."""

    interval: Seconds = DEFAULT_INTERVAL_S
    inventory: Annotated[int, Meta(ge=60, le=7 * 86400)] = DEFAULT_INVENTORY_S
    version: int = VERSION


_decoder = msgspec.msgpack.Decoder(Policy)


def encode_policy(policy: Policy) -> bytes:
    return msgspec.msgpack.encode(policy)


def decode_policy(body: bytes) -> Policy:
    """Raises ProtocolError for anything that is not a policy of a version understood."""
    policy = decoded(_decoder, body, "policy")
    check_version(policy.version)
    return policy
