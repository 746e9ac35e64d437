# SPDX-License-Identifier: Apache-2.0
from steward.core.events.public import carry_with
from steward.core.jobs.deliveries import carry
from steward.core.jobs.job import periodic
from steward.core.jobs.statements import statements

KEEP_DONE_HOURS = 24
KEEP_DROPPED_DAYS = 30
KEEP_KEYS_DAYS = 30

carry_with(carry)


@periodic("17 * * * *", name="jobs.clean_up")
def clean_up() -> None:
    """Forget jobs that ended well, notes of jobs that are gone, and old keys of `once`."""
    statements.run("forget_done", hours=KEEP_DONE_HOURS, days=KEEP_DROPPED_DAYS)
    statements.run("forget_notes", days=KEEP_DROPPED_DAYS)
    statements.run("forget_keys", days=KEEP_KEYS_DAYS)
