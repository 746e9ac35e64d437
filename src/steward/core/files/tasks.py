# SPDX-License-Identifier: Apache-2.0
import structlog

from steward.core.files.actions import sweep_contents
from steward.core.files.backend import ContentsAway
from steward.core.jobs.public import periodic

log = structlog.get_logger("steward.files")


@periodic("41 3 * * *", name="files.sweep")
def sweep() -> None:
    """Delete contents that no file refers to. What can't be reached tonight is swept tomorrow: orphans only cost room."""
    try:
        sweep_contents()
    except ContentsAway as away:
        log.error("files.sweep_put_off", reason=str(away))
