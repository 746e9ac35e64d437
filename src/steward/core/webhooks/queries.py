# SPDX-License-Identifier: Apache-2.0
"""Every read. Within the scope: endpoints of everything are seen by those who see every client."""

from django.db.models import QuerySet

from steward.core.webhooks.models import Attempt, Delivery, Endpoint


def endpoints() -> QuerySet[Endpoint]:
    """The endpoints that are not archived, by name."""
    found = Endpoint.objects.select_related("client", "created_by").order_by("name", "pk")
    return found.exclude(state=Endpoint.State.ARCHIVED)


def deliveries() -> QuerySet[Delivery]:
    """The log of messages, newest first, with their endpoints."""
    return Delivery.objects.select_related("endpoint", "client").order_by("-created_at", "-pk")


def attempts(delivery: Delivery) -> QuerySet[Attempt]:
    """Every try of a message, in order."""
    return Attempt.objects.filter(delivery=delivery).order_by("pk")
