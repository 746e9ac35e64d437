# SPDX-License-Identifier: Apache-2.0
import structlog

from steward.core.jobs.public import periodic
from steward.core.telemetry.connection import TelemetryUnavailable
from steward.core.telemetry.rollup import roll_up

log = structlog.get_logger(__name__)


# Not atomic: it touches the telemetry store only, where every step bears a repeat.
@periodic("* * * * *", name="telemetry.roll_up", atomic=False)
def roll_up_telemetry() -> None:
    """Count the hours that closed, and those that got late samples."""
    try:
        done = roll_up()
    except TelemetryUnavailable as reason:
        log.warning("telemetry.roll_up.waits", reason=str(reason))
        return
    if done.closed or done.late:
        log.info("telemetry.rolled_up", closed=done.closed, late=done.late, more=done.more)
