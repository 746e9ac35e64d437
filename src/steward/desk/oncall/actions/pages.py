# SPDX-License-Identifier: Apache-2.0
"""Writes about pages."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import RecordRef, next_number
from steward.core.tenancy.public import Actor, Client
from steward.desk.oncall.actions.policies import plan_of
from steward.desk.oncall.events import PageAcknowledged, PageEnded, PageOpened
from steward.desk.oncall.kinds import page_kind
from steward.desk.oncall.models import EscalationPolicy, Page
from steward.desk.oncall.paging import hear, subject_of, tell_open_pages
from steward.desk.oncall.reaching import db_now
from steward.desk.oncall.tasks import advance_soon

PREFIX: Final = "PG"
KEY_MAX: Final = 120
PARAMS_MAX: Final = 2000  # bytes of JSON
VIA: Final = ("console", "link", "api")


@action(permission="oncall.page")
def page_open(
    client: Client,
    subject: RecordRef,
    *,
    actor: Actor,
    key: str,
    kind: str,
    params: Mapping[str, Any] | None = None,
    policy: EscalationPolicy | None = None,
    joins: bool = False,
) -> Page:
    """Call somebody about `subject`, a record of `client`. Whoever is called first is told as soon as this commits.

    Once for each (subject, key), for good: a second call gives the page there is, whatever became of it. Without `policy`
    the default one is taken; where there is none either, nobody can be reached, which is said loudly and at once.
    With `joins`, a page about `subject` that still calls somebody is the answer, whatever its key: machines don't call the
    same people twice about one thing.

    Raises:
        UnknownPageKind; ForeignClient; Refused: field `key` when it is empty or too long, `params` when they are not those
            that the kind declared, or too long.
    """
    given = dict(params or {})
    if not 0 < len(key) <= KEY_MAX:
        raise Refused("key", _("Say in at most %(most)s letters what of the record it is about.") % {"most": KEY_MAX})
    if set(given) != page_kind(kind).params or len(json.dumps(given).encode()) > PARAMS_MAX:
        raise Refused("params", _("These are not the parameters of this kind of page, or they are too long."))
    known = Page.objects.filter(client=client, subject_kind=subject.kind, subject_uid=subject.uid, key=key)
    if (page := known.first()) is not None:
        return page
    if joins and (page := _calling(client, subject)) is not None:
        audit("oncall.page.join", page, about=str(subject), page_kind=kind, key=key)
        return page
    chosen = policy or EscalationPolicy.objects.filter(is_default=True).first()
    page = Page(
        client=client,
        number=next_number(PREFIX),
        subject_kind=subject.kind,
        subject_uid=subject.uid,
        key=key,
        kind=kind,
        params=given,
        policy=chosen,
        plan=plan_of(chosen),
        look_at=db_now(),
    )
    try:
        with transaction.atomic():
            page.save()
    except IntegrityError:  # another opened it at the same time
        return known.get()
    page.refresh_from_db()
    audit("oncall.page.open", page, about=str(subject), page_kind=kind, policy=chosen.pk if chosen else None)
    emit(PageOpened(page.uid, str(subject)))
    advance_soon(page.pk)
    tell_open_pages(page)
    return page


@action(permission="oncall.acknowledge")
def page_acknowledge(page: Page, *, actor: Actor, via: str) -> bool:
    """Say that one looks after it; nobody else is called then. `via` is console, link or api.

    Returns whether that changed anything: the first to answer has it, and what is over stays over.
    """
    assert via in VIA
    found = _held(page)
    if not found.is_unanswered:
        return False
    found.state, found.acknowledged_at, found.look_at = Page.State.ACKNOWLEDGED, db_now(), None
    found.acknowledged_by_id, found.acknowledged_via = actor.user_id, via
    found.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "acknowledged_via", "look_at"])
    _write_down(found)
    audit("oncall.page.acknowledge", found, via=via)
    emit(PageAcknowledged(found.uid, str(subject_of(found)), actor.user_id))
    tell_open_pages(found)
    return True


@action(permission="oncall.acknowledge")
def page_end(page: Page, *, actor: Actor) -> bool:
    """Say that what a page was about is over; nobody is called any more. Returns whether that changed anything."""
    found = _held(page)
    if found.state == Page.State.ENDED:
        return False
    found.state, found.ended_at, found.look_at = Page.State.ENDED, db_now(), None
    found.save(update_fields=["state", "ended_at", "look_at"])
    _write_down(found)
    audit("oncall.page.end", found)
    emit(PageEnded(found.uid, str(subject_of(found))))
    tell_open_pages(found)
    return True


def _calling(client: Client, subject: RecordRef) -> Page | None:
    about = Page.objects.filter(client=client, subject_kind=subject.kind, subject_uid=subject.uid)
    return about.filter(state=Page.State.OPEN).order_by("opened_at", "pk").first()


def _held(page: Page) -> Page:
    return Page.objects.select_for_update(of=("self",)).select_related("client").get(pk=page.pk)


def _write_down(page: Page) -> None:
    """What became of messages, as far as it is known now: the clock does not look after this page any more."""
    for changed in hear(list(page.attempts.all())):
        changed.save(update_fields=["state", "answer", "code", "params", "delivery_uid"])
