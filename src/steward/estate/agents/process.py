# SPDX-License-Identifier: Apache-2.0
"""The entrance for the command line: the gateway as a process."""

from steward.estate.agents.gateway.process import run as run_gateway

__all__ = ["run_gateway"]
