# SPDX-License-Identifier: Apache-2.0
"""What contracts add to other rooms' pages."""

from dataclasses import dataclass

from django.urls import reverse

from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, panel
from steward.promises.agreements import queries
from steward.promises.agreements.models import Agreement

SHOWN = 5


@dataclass(frozen=True, slots=True)
class ClientAgreements:
    """A client's contracts, the latest first."""

    agreements: list[Agreement]
    new_url: str


@panel("clients.client.side", permission="agreements.view", order=5)
def client_agreements(request: Request, client: Client) -> ClientAgreements:
    """What was promised to a client."""
    found = list(queries.agreements_of(client)[:SHOWN])
    return ClientAgreements(found, f"{reverse('agreements.agreement_new')}?client={client.slug}")
