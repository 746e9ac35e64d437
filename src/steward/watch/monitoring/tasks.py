# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final

from steward.core.jobs.public import periodic
from steward.core.records.public import Statements
from steward.watch.monitoring import assigning, rounds

KEPT: Final = timedelta(days=2)
NEWEST_KEPT: Final = 50
statements = Statements("steward.watch.monitoring")


@periodic("* * * * * */5", name="monitoring.round", atomic=False)
def judge() -> None:
    """Judge what every rule watches."""
    rounds.judge_all()


@periodic("*/5 * * * *", name="monitoring.assign")
def assign() -> None:
    """Have every agent run the checks there are for its asset: one that was approved, moved or replaced lately too."""
    assigning.assign()


@periodic("53 * * * *", name="monitoring.forget_results")
def forget_results() -> None:
    """Forget results of checks that are older than two days, but for the last fifty of each."""
    statements.run("forget_results", before=rounds.db_now() - KEPT, kept=NEWEST_KEPT - 1)
