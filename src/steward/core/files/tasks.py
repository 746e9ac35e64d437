# SPDX-License-Identifier: Apache-2.0
from steward.core.files.actions import sweep_contents
from steward.core.jobs.public import periodic


@periodic("41 3 * * *", name="files.sweep")
def sweep() -> None:
    """Delete contents that no file refers to."""
    sweep_contents()
