# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final

from django.db import transaction

from steward.core.jobs.public import defer, job, periodic
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.oncall import paging
from steward.desk.oncall.heartbeat import all_is_well, ping
from steward.desk.oncall.models import AnswerLink, Page
from steward.desk.oncall.reaching import db_now
from steward.settings.env import get_settings

KEEP_LINKS: Final = timedelta(days=30)


@job(name="oncall.advance")
def advance(*, page: int) -> None:
    """Do what is due about a page."""
    paging.advance(page)


def advance_soon(page_id: int) -> None:
    """Have a page looked at as soon as the open transaction commits."""
    with scoped(system_scope("oncall.advance")):
        defer(advance.later(priority=10), page=page_id)


@periodic("* * * * * */10", name="oncall.tick")
def tick() -> None:
    """Look at every page for which something is due. A page whose look fails holds no other up."""
    due = Page.objects.filter(state=Page.State.OPEN, look_at__lte=db_now())
    for pk in due.order_by("look_at", "pk").values_list("pk", flat=True):
        defer(advance.later(priority=10, queueing_lock=f"oncall.page:{pk}"), page=pk)


@periodic("37 2 * * *", name="oncall.forget")
def forget() -> None:
    """Let go of links that have been of no use for a month."""
    AnswerLink.objects.filter(expires_at__lt=db_now() - KEEP_LINKS).delete()


@periodic("* * * * *", name="oncall.heartbeat", queue="notify", atomic=False)
def heartbeat() -> None:
    """Tell the watcher outside that all is well; say nothing when it is not, so that the silence is noticed."""
    address = get_settings().heartbeat_url
    if not address:
        return
    with transaction.atomic():
        well = all_is_well()
    if well:
        ping(address)
