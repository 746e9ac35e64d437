# SPDX-License-Identifier: Apache-2.0
"""The door of notify."""

from steward.core.notify.actions import (
    channel_add,
    channel_edit,
    channel_test,
    delivery_retry,
    inbox_read,
    mail_identity_set,
    mail_test,
)
from steward.core.notify.events import MailBounced, NobodyReached
from steward.core.notify.kinds import Way, notice_kind, notice_kinds, register_notice
from steward.core.notify.models import Attempt, Channel, Delivery, InboxItem, MailIdentity, Notice
from steward.core.notify.queries import (
    attempt_text,
    attempts,
    channels,
    deliveries,
    inbox,
    inbox_words,
    mail_identities,
    notification_delay_seconds,
    undelivered_counts,
    unread_count,
)
from steward.core.notify.sending import Address, send, send_sealed

__all__ = [
    "Address",
    "Attempt",
    "Channel",
    "Delivery",
    "InboxItem",
    "MailBounced",
    "MailIdentity",
    "NobodyReached",
    "Notice",
    "Way",
    "attempt_text",
    "attempts",
    "channel_add",
    "channel_edit",
    "channel_test",
    "channels",
    "deliveries",
    "delivery_retry",
    "inbox",
    "inbox_read",
    "inbox_words",
    "mail_identities",
    "mail_identity_set",
    "mail_test",
    "notice_kind",
    "notice_kinds",
    "notification_delay_seconds",
    "register_notice",
    "send",
    "send_sealed",
    "undelivered_counts",
    "unread_count",
]
