# SPDX-License-Identifier: Apache-2.0
"""The last policy, kept so that a machine that starts while the line is cut goes on with its checks.

It may hold what a check needs to sign in somewhere, so it is as private as the key.
"""

from steward_agent import logs
from steward_agent.errors import AgentError
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.policy import Policy, decode_policy, encode_policy
from steward_agent.state import StateDir, read_private, write_private


def save_policy(state: StateDir, policy: Policy) -> None:
    """A full disk is no reason to stop: the server tells it again."""
    try:
        write_private(state.policy, encode_policy(policy), replace=True)
    except AgentError as error:
        logs.warning("policy not kept", reason=str(error))


def read_policy(state: StateDir) -> Policy | None:
    """None when there is none that can be used."""
    try:
        return decode_policy(read_private(state.policy))
    except FileNotFoundError:
        return None
    except (AgentError, ProtocolError) as error:
        logs.warning("policy not read", reason=str(error))
        return None
