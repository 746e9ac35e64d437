# SPDX-License-Identifier: Apache-2.0
from steward.core.events.public import on
from steward.estate.agents.public import AgentApproved
from steward.watch.monitoring.assigning import assign


@on(AgentApproved, name="monitoring.assign_approved")
def assign_approved(event: AgentApproved) -> None:
    """A machine that was just approved learns at once what to check."""
    assign([event.asset_id])
