# SPDX-License-Identifier: Apache-2.0
"""Results of checks, as agents tell them: kept once each, whatever their order, of the agent's own checks alone."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from steward_agent.protocol.results import CheckResult

from steward.core.records.public import Statements
from steward.estate.agents.public import take_results_with

statements = Statements("steward.watch.monitoring")
# A clock may be wrong; the database holds years 1 to 9999.
LATEST_MS = 253_370_764_800_000


def take(agent_id: int, results: Sequence[CheckResult]) -> None:
    """Keep results, in the open transaction and the scope of the agent's client. What names another's check is passed over, and
    what is of the future: as the newest it would be what the check says for as long. The grid of a check has whole seconds; what
    lies between them, or more than a month back, an agent makes up, and the ledger has no room for all of that.
    """
    told = [(uid, each) for each in results if (uid := _uid(each.check)) is not None]
    if not told:
        return
    checks = [uid for uid, _each in told]
    statements.run(
        "keep_results",
        agent=agent_id,
        checks=checks,
        kinds=sorted({each.kind for _uid, each in told}),
        ats=[_moment(each.at) for _uid, each in told],
        begans=[_moment(each.began) for _uid, each in told],
        seconds=[each.seconds for _uid, each in told],
        verdicts=[each.verdict.value for _uid, each in told],
        reasons=[each.reason for _uid, each in told],
        parameters=[json.dumps(each.parameters) for _uid, each in told],
        measured=[json.dumps(each.measured) for _uid, each in told],
    )
    statements.run("last_results", checks=sorted(set(checks)))


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(min(unix_ms, LATEST_MS) / 1000, UTC)


take_results_with(take)
