# SPDX-License-Identifier: Apache-2.0
"""What the server wants of an agent: how often to sample, how often to look at the inventory, which checks to run.

An agent that knows no checks passes them over, as every unknown field; but it takes `OLD_MAX_POLICY_BYTES` only. So
checks are for agents that announced some (`EnrolRequest.checks`, `Inventory.checks`).
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steward_agent.protocol.packing import decoded
from steward_agent.protocol.results import CheckId, Slug
from steward_agent.protocol.versions import VERSION, check_version

DEFAULT_INTERVAL_S = 30
DEFAULT_INVENTORY_S = 3600
OLD_MAX_POLICY_BYTES = 64 * 1024
MAX_POLICY_BYTES = 256 * 1024
MAX_CHECKS = 200

Seconds = Annotated[int, Meta(ge=1, le=3600)]


class AssignedCheck(msgspec.Struct, frozen=True):
    """`kind` is the slug of a check, `config` its configuration; `interval` its grid and `timeout` its end, in seconds.

    What the agent can't run (an unknown kind, a field it does not know) becomes a result that says so; the rest goes on.
    """

    id: CheckId
    kind: Slug
    interval: Annotated[int, Meta(ge=1, le=86_400)]
    timeout: Annotated[float, Meta(ge=0.1, le=60)]
    config: dict[str, Any] = {}


class Policy(msgspec.Struct, frozen=True):
    """`interval` is the grid of samples in seconds (30; 10 where it is worth it), `inventory` that of inventories.

    `checks` are all that the agent is to run: what is not among them any more ends.
    """

    interval: Seconds = DEFAULT_INTERVAL_S
    inventory: Annotated[int, Meta(ge=60, le=7 * 86400)] = DEFAULT_INVENTORY_S
    version: int = VERSION
    checks: Annotated[list[AssignedCheck], Meta(max_length=MAX_CHECKS)] = []


_decoder = msgspec.msgpack.Decoder(Policy)


def encode_policy(policy: Policy) -> bytes:
    return msgspec.msgpack.encode(policy)


def decode_policy(body: bytes) -> Policy:
    """Raises ProtocolError for anything that is not a policy of a version understood."""
    policy = decoded(_decoder, body, "policy")
    check_version(policy.version)
    return policy
