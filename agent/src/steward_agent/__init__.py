# SPDX-License-Identifier: Apache-2.0
"""The agent of Steward: observes one machine and hands what it saw to the gateway, exactly once.

The server imports `steward_agent.protocol` (the messages) and `steward_agent.collectors.metrics` (the table of what
is measured); the agent imports nothing of the server.
"""

__version__ = "0.1.0"
