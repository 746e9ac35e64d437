# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.webhooks.public import (
    ClientSaid,
    RecordSaid,
    client_said,
    record_said,
    register_webhook_event,
)
from steward.desk.oncall.events import NobodyReached, PageAcknowledged, PageEnded, PageOpened
from steward.desk.oncall.models import Page


@dataclass(frozen=True, slots=True)
class PageData:
    """Somebody is called: the page, its kind, and the record it is about (kind and identifier). Who was called is not told."""

    client: ClientSaid
    page: RecordSaid
    number: str
    kind: str
    state: str
    subject_kind: str
    subject_uid: UUID


def _page(event: PageOpened | PageAcknowledged | PageEnded | NobodyReached) -> PageData:
    page = Page.objects.select_related("client").get(uid=event.page)
    return PageData(
        client=client_said(page.client),
        page=record_said(page),
        number=page.number,
        kind=page.kind,
        state=page.state,
        subject_kind=page.subject_kind,
        subject_uid=page.subject_uid,
    )


register_webhook_event("oncall.page_opened", PageOpened, payload=_page)
register_webhook_event("oncall.page_acknowledged", PageAcknowledged, payload=_page)
register_webhook_event("oncall.page_ended", PageEnded, payload=_page)
register_webhook_event("oncall.nobody_reached", NobodyReached, payload=_page)
