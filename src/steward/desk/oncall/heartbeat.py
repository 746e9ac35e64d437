# SPDX-License-Identifier: Apache-2.0
"""A sign of life for a watcher outside, which notices when it stops: a dead worker can't say that it is dead."""

import urllib.request
from datetime import timedelta
from http.client import HTTPException
from typing import Final

import structlog

from steward.desk.oncall.models import Page
from steward.desk.oncall.reaching import db_now

log = structlog.get_logger("steward.oncall")

TIMEOUT: Final = 10.0  # seconds
LATE: Final = timedelta(minutes=2)


def all_is_well() -> bool:
    """Whether pages go their way: none that reached nobody and is still unanswered, and none whose next step is late."""
    unreached = Page.objects.filter(state=Page.State.NOBODY_REACHED)
    late = Page.objects.filter(state=Page.State.OPEN, look_at__lt=db_now() - LATE)
    return not (unreached | late).exists()


def ping(address: str) -> bool:
    """Ask for `address`, an http or https URL of the operator's choosing. Whether it answered well; nothing is raised."""
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310  # the setting takes http and https alone
            return bool(answer.status < 400)
    except (OSError, ValueError, HTTPException) as wrong:
        # The address holds a key, and the error's own text may hold the address.
        log.warning("heartbeat_not_taken", error=type(wrong).__name__)
        return False
