# SPDX-License-Identifier: Apache-2.0
"""The door of webhooks."""

from steward.core.webhooks.actions import (
    deliveries_replay,
    delivery_replay,
    endpoint_add,
    endpoint_archive,
    endpoint_edit,
    endpoint_key_change,
    endpoint_switch,
    endpoint_test,
)
from steward.core.webhooks.data import ClientSaid, RecordSaid, client_said, record_said
from steward.core.webhooks.models import Attempt, Delivery, Endpoint
from steward.core.webhooks.queries import attempts, deliveries, endpoints
from steward.core.webhooks.registry import WebhookEvent, register_webhook_event, webhook_events
from steward.core.webhooks.sayings import attempt_words

__all__ = [
    "Attempt",
    "ClientSaid",
    "Delivery",
    "Endpoint",
    "RecordSaid",
    "WebhookEvent",
    "attempt_words",
    "attempts",
    "client_said",
    "deliveries",
    "deliveries_replay",
    "delivery_replay",
    "endpoint_add",
    "endpoint_archive",
    "endpoint_edit",
    "endpoint_key_change",
    "endpoint_switch",
    "endpoint_test",
    "endpoints",
    "record_said",
    "register_webhook_event",
    "webhook_events",
]
