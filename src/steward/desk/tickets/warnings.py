# SPDX-License-Identifier: Apache-2.0
"""What is done when a part of a promise's time is used up: somebody is told, the tier is raised, whoever is on call is paged.

Each is a job of its own, in one transaction, and happens once per obligation, zero, threshold and action: see `promises.sla`."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final

from steward.core.access.public import Role, RoleAssignment, scope_for
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.notify.public import send
from steward.core.tenancy.public import current_scope
from steward.desk.oncall.public import page_open
from steward.desk.tickets.models import Ticket
from steward.desk.tickets.writing import happened, held, moment, reference, written
from steward.promises.sla.public import NoConfig, Obligation, ThresholdPassed

ENTRY: Final = "tickets.threshold"
AT_RISK, BROKEN = "tickets.promise_at_risk", "tickets.promise_broken"
WHOLE: Final = 100
HIGHEST_TIER: Final = 3
SETTLED: Final = frozenset({Obligation.State.MET, Obligation.State.MET_LATE, Obligation.State.WAIVED})
Doing = Callable[[Ticket, ThresholdPassed], dict[str, Any]]


def at_threshold(action: str) -> Callable[[Doing], Callable[[ThresholdPassed, NoConfig], None]]:
    """Make a function of (ticket, what was passed) a threshold's action: it returns what the timeline says of it.

    What was settled before its turn came warns nobody any more; that it was late is still told.
    """

    def decorate(do: Doing) -> Callable[[ThresholdPassed, NoConfig], None]:
        @wraps(do)
        def run(passed: ThresholdPassed, _config: NoConfig) -> None:
            owed = passed.obligation
            if owed.zero_at != passed.zero_at or (owed.state in SETTLED and passed.percent < WHOLE):
                return
            row = Ticket.objects.filter(uid=owed.subject_uid).first()
            if row is None:
                return
            ticket = held(row)
            at = moment(ticket)
            said = {"percent": passed.percent, "target": owed.kind, "action": action}
            done = do(ticket, passed)
            happened(ticket, ENTRY, said | done, at=at)
            audit("tickets.ticket.threshold", ticket, **said)
            written(ticket, at)

        return run

    return decorate


@at_threshold("notify_assignee")
def notify_assignee(ticket: Ticket, passed: ThresholdPassed) -> dict[str, Any]:
    """Tell whoever works on it; dispatchers and managers while nobody does."""
    if ticket.assignee is not None and ticket.assignee.is_active:
        return {"told": _tell(ticket, passed, [ticket.assignee])}
    return {"told": _tell(ticket, passed, holding(ticket.client_id, Role.DISPATCHER, Role.SERVICE_MANAGER, Role.OWNER))}


@at_threshold("raise_tier")
def raise_tier(ticket: Ticket, _passed: ThresholdPassed) -> dict[str, Any]:
    """Move it to the next tier, as far as there is one."""
    before = ticket.tier
    ticket.tier = min(before + 1, HIGHEST_TIER)
    return {"tier": ticket.tier, "before": before}


@at_threshold("page_on_call")
def page_on_call(ticket: Ticket, passed: ThresholdPassed) -> dict[str, Any]:
    """Call whoever is on duty."""
    kind = passed.obligation.kind
    page = page_open(
        ticket.client,
        reference(ticket),
        actor=current_scope().actor,
        key=f"{kind}:{passed.percent}:{passed.zero_at:%Y%m%dT%H%M%S}",
        kind=f"tickets.{kind}_at_risk",
        params={"number": ticket.number, "percent": passed.percent, "summary": ticket.summary},
        joins=True,
    )
    return {"page": page.number}


@at_threshold("tell_service_manager")
def tell_service_manager(ticket: Ticket, passed: ThresholdPassed) -> dict[str, Any]:
    """Tell those who manage the service."""
    return {"told": _tell(ticket, passed, holding(ticket.client_id, Role.SERVICE_MANAGER, Role.OWNER))}


def holding(client_id: int, *roles: Role) -> list[User]:
    """The active staff with the first of `roles` that anybody who sees the client holds."""
    for role in roles:
        with_role = RoleAssignment.objects.filter(role=role).values("user_id")
        people = User.objects.filter(pk__in=with_role, side=User.Side.STAFF, is_active=True).order_by("pk")
        if found := [each for each in people if scope_for(each).allows(client_id)]:
            return found
    return []


def _tell(ticket: Ticket, passed: ThresholdPassed, people: Iterable[User]) -> list[int]:
    told = list(people)
    kind = AT_RISK if passed.percent < WHOLE else BROKEN
    params: dict[str, str | int] = {
        "ticket": str(reference(ticket)),
        "percent": passed.percent,
        "target": passed.obligation.kind,
    }
    if told:
        send(kind, to=told, params={**params}, client=ticket.client)
    return [each.pk for each in told]
