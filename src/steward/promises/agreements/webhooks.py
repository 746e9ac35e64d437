# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from datetime import date

from steward.core.webhooks.public import (
    ClientSaid,
    RecordSaid,
    client_said,
    record_said,
    register_webhook_event,
)
from steward.promises.agreements.events import AgreementActivated, AgreementAmended, AgreementEnded
from steward.promises.agreements.models import Agreement


@dataclass(frozen=True, slots=True)
class AgreementData:
    """A contract; its days are local ones of its zone, both included."""

    client: ClientSaid
    agreement: RecordSaid
    number: str
    title: str
    state: str
    starts_on: date
    ends_on: date | None
    timezone: str


def _agreement(event: AgreementActivated | AgreementAmended | AgreementEnded) -> AgreementData:
    agreement = Agreement.objects.select_related("client").get(pk=event.agreement_id)
    return AgreementData(
        client=client_said(agreement.client),
        agreement=record_said(agreement),
        number=agreement.number,
        title=agreement.title,
        state=agreement.state,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        timezone=agreement.timezone,
    )


register_webhook_event("agreements.agreement_activated", AgreementActivated, payload=_agreement)
register_webhook_event("agreements.agreement_amended", AgreementAmended, payload=_agreement)
register_webhook_event("agreements.agreement_ended", AgreementEnded, payload=_agreement)
