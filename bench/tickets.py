# SPDX-License-Identifier: Apache-2.0
"""List, board, record and start page at 100,000 tickets of 80 clients, 10,000 of them open: p50 and p95 over HTTP, and the number of
queries at 10 and at 100,000. T-5 was talked about a hundred times, T-7 as often as most.

There is no peer to run beside it on this machine; the ratio printed is against the same page with ten tickets in the same run.
Aim: p95 at or below 100 ms and a constant number of queries."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.lists import compare

TICKETS = int(os.environ.get("BENCH_TICKETS", "100000"))
PAGES = (
    "/tickets/",
    "/tickets/?open=yes",
    "/tickets/?risk=yes",
    "/tickets/?open=yes&assignee=me",
    "/tickets/?client=client-2",
    "/tickets/?status=waiting_client",
    "/tickets/?sort=-changed",
    "/tickets/?sort=assignee",
    "/tickets/?q=printer-077",
    "/tickets/?q=jams",
    "/tickets/?q=nowhere",
    "/tickets/board/",
    "/tickets/T-5/",
    "/tickets/T-7/",
    "/api/v1/tickets?limit=50",
    "/",
)

if __name__ == "__main__":
    compare("bench.seeds.tickets", PAGES, TICKETS)
