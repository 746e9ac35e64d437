# SPDX-License-Identifier: Apache-2.0
"""Moving one page on: hear what became of what was told, decide, tell, write down. In one transaction that holds the page.

Whoever is killed in between has done nothing; two that come at once wait for each other, and the second finds it done. What
was told travels as jobs of notify, which may repeat a mail, with the same Message-ID."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from steward.core.access.public import Role, RoleAssignment
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.identity.public import User
from steward.core.notify.public import Delivery, HandedOver, Way, handed_over, send
from steward.core.records.public import RecordRef, record_ref
from steward.core.ui.public import notify_live, topic
from steward.desk.oncall.escalation import Result, Tell, Told, decide
from steward.desk.oncall.events import NobodyReached
from steward.desk.oncall.links import link_for
from steward.desk.oncall.models import Page, PageAttempt
from steward.desk.oncall.reaching import db_now, may_be_paged, whom

LISTEN_AGAIN: Final = timedelta(seconds=10)  # while it is not known what became of a message
NOBODY: Final = "nobody"
_ENDED_BADLY: Final = frozenset(
    {Delivery.State.BOUNCED, Delivery.State.FAILED, Delivery.State.NO_CHANNEL, Delivery.State.EXPIRED}
)


def advance(page_id: int) -> None:
    """Do what is due about a page. For the clock and for word of a failure; in the scope of the system."""
    page = Page.objects.select_for_update(of=("self",)).select_related("client").get(pk=page_id)
    attempts = list(page.attempts.order_by("at", "pk"))
    for changed in hear(attempts):
        changed.save(update_fields=["state", "answer", "code", "params", "delivery_uid"])
    if page.state != Page.State.OPEN:
        return
    now = db_now()
    told = [_told(each) for each in attempts]
    decision = decide(page.escalation(), told, whom(page.client_id, now), acknowledged=False, now=now)
    for each in decision.tell:
        _tell(page, each)
    if decision.nobody_reached:
        _nobody_reached(page, now)
    else:
        page.look_at = _look_at(decision.look_at, attempts, decision.tell, now)
        page.save(update_fields=["look_at"])
    tell_open_pages(page)


def hear(attempts: Sequence[PageAttempt]) -> list[PageAttempt]:
    """Bring attempts in step with what became of their messages, without saving. Returns those that changed."""
    asked = {each.notice_uid: each for each in attempts if each.notice_uid}
    found = handed_over(asked) if asked else {}
    return [asked[uid] for uid, became in found.items() if _heard(asked[uid], became)]


def tell_open_pages(page: Page) -> None:
    """Whoever looks at the page sees it anew."""
    notify_live(topic(page.client, "oncall.page", page.uid))


def subject_of(page: Page) -> RecordRef:
    """What a page is about."""
    return RecordRef(page.subject_kind, page.subject_uid)


def _heard(attempt: PageAttempt, became: HandedOver) -> bool:
    state = _result(became)
    before = (attempt.state, attempt.answer, attempt.code, attempt.delivery_uid)
    attempt.state, attempt.answer, attempt.code = state, became.answer, became.code
    attempt.params, attempt.delivery_uid = became.params, became.delivery
    return before != (attempt.state, attempt.answer, attempt.code, attempt.delivery_uid)


def _result(became: HandedOver) -> Result:
    if became.state == Delivery.State.SENT:
        return Result.SENT
    # One that is tried again may still arrive; but whoever is called must not wait for that.
    return Result.FAILED if became.state in _ENDED_BADLY or became.attempts else Result.PENDING


def _told(attempt: PageAttempt) -> Told:
    return Told(attempt.position, attempt.person_id, attempt.channel, attempt.at, Result(attempt.state))


def _tell(page: Page, each: Tell) -> None:
    attempt = PageAttempt(
        page=page, client_id=page.client_id, position=each.position, person_id=each.person_id, channel=each.channel
    )
    if each.person_id is None:
        attempt.state, attempt.code = Result.FAILED, NOBODY
    else:
        person = User.objects.get(pk=each.person_id)
        sealed = {"link": link_for(page, person)}
        params = {"page": str(record_ref(page))}
        (attempt.notice_uid,) = send(
            "oncall.page", to=person, params=params, client=page.client, by=Way(each.channel), sealed=sealed
        )
        attempt.state = Result.PENDING
    attempt.save()


def _nobody_reached(page: Page, now: datetime) -> None:
    page.state, page.nobody_reached_at, page.look_at = Page.State.NOBODY_REACHED, now, None
    page.save(update_fields=["state", "nobody_reached_at", "look_at"])
    audit("oncall.page.nobody_reached", page)
    emit(NobodyReached(page.uid, str(subject_of(page))))
    send("oncall.nobody_reached", to=_managers(page), params={"page": str(record_ref(page))}, client=page.client)


def _managers(page: Page) -> list[User]:
    holding = RoleAssignment.objects.filter(role__in=(Role.OWNER, Role.SERVICE_MANAGER)).values("user_id")
    return [each for each in User.objects.filter(pk__in=holding).order_by("pk") if may_be_paged(each, page.client_id)]


def _look_at(
    decided: datetime | None, attempts: Sequence[PageAttempt], tell: Sequence[Tell], now: datetime
) -> datetime | None:
    waiting = any(each.person_id is not None for each in tell) or any(each.state == Result.PENDING for each in attempts)
    found = [each for each in (decided, now + LISTEN_AGAIN if waiting else None) if each is not None]
    return min(found) if found else None
