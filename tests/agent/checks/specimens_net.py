# SPDX-License-Identifier: Apache-2.0
"""What the contract tests ask the checks of the network with, given the port of a peer on 127.0.0.1."""

from collections.abc import Callable
from typing import Any

import pytest
from steward_agent.checks.icmp import Forbidden, open_line

from tests.agent.checks.peers import claims_much, drip, endless, endless_continue, garbage, silent

NET: dict[str, Callable[[int], dict[str, Any]]] = {
    "dns": lambda port: {"name": "a.example", "server": "127.0.0.1", "port": port},
    "ntp": lambda port: {"host": "127.0.0.1", "port": port},
    # The system answers, whatever the peer does; but not all are sent in time.
    "ping": lambda _: {"host": "127.0.0.1", "count": 50, "spacing_seconds": 0.05},
    "tls": lambda port: {"host": "127.0.0.1", "port": port, "starttls": "smtp"},
}
# Their peers hear and say datagrams.
DATAGRAMS = frozenset({"dns", "ntp"})
# The others differ by what only a connection has: heads, redirects, chunks, an end.
HOSTILE_BY_DATAGRAMS = (endless, endless_continue, drip, silent, garbage, claims_much)
# The system answers for every peer of this host; those that lie stand in ping_scenes.py.
SILENT_TO_PEERS = frozenset({"ping"})


def skip_unless_pings() -> None:
    """Skips the test where neither socket of ICMP is to be had."""
    try:
        open_line(4).sock.close()
    except Forbidden:
        pytest.skip("this user may not ping: sysctl -w net.ipv4.ping_group_range='0 2147483647'")
