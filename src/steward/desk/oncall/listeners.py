# SPDX-License-Identifier: Apache-2.0
from steward.core.events.public import on
from steward.core.notify.public import HandOverFailed
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.oncall.models import Page, PageAttempt
from steward.desk.oncall.tasks import advance_soon


@on(HandOverFailed, name="oncall.next_at_once")
def next_at_once(event: HandOverFailed) -> None:
    """What could not be handed over is followed by the next channel, without waiting for the clock."""
    if event.kind != "oncall.page":
        return
    with scoped(system_scope("oncall.next_at_once")):
        attempt = PageAttempt.objects.filter(notice_uid=event.notice, page__state=Page.State.OPEN).first()
        if attempt is not None:
            advance_soon(attempt.page_id)
