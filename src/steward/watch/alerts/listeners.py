# SPDX-License-Identifier: Apache-2.0
from steward.core.events.public import on
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.tickets.public import TicketResolved
from steward.watch.alerts.ticketing import end_calls


@on(TicketResolved, name="alerts.end_calls")
def end_calls_of(event: TicketResolved) -> None:
    """Nobody is called about what is resolved."""
    with scoped(system_scope("alerts.end_calls", frozenset({event.client_id}))):
        end_calls(event.client_id, event.ticket_uid)
