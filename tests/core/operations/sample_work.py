# SPDX-License-Identifier: Apache-2.0
"""Long work that only the tests know."""

import os
import time
from collections.abc import Callable
from datetime import timedelta

from steward.core.audit.public import audit
from steward.core.jobs.public import Backoff, GiveUp
from steward.core.operations.public import Work, operation

TWICE = Backoff(attempts=2, first=timedelta(hours=1))
between: list[Callable[[Work], None]] = []  # what a test wants done between two steps


@operation(
    kind="tests.count",
    label="Count to ten",
    permission="tests.view",
    messages={"at": "At %(number)s of %(all)s"},
    retry=TWICE,
)
def count(work: Work) -> dict[str, int]:
    first = work.checkpoint.get("next", 0)
    for number in range(first, work.params["to"]):
        for look in between:
            look(work)
        with work.step(
            done=number + 1, checkpoint={"next": number + 1}, message=("at", {"number": number + 1, "all": 10})
        ):
            audit("tests.counted.one", None, run=work.params["run"], number=number)
            time.sleep(work.params.get("seconds", 0))
    return {"counted": work.params["to"]}


@operation(kind="tests.show", label="Show", permission="tests.view")
def show(work: Work) -> None:
    for number in range(work.params["to"]):
        work.progress(number + 1)
        for look in between:
            look(work)


@operation(kind="tests.break", label="Break", permission="tests.view", retry=TWICE)
def break_it(work: Work) -> None:
    if work.params.get("hard"):
        os._exit(1)
    if work.params.get("final"):
        raise GiveUp("The client is gone.")
    raise RuntimeError("kanarya-secret")
