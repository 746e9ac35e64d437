# SPDX-License-Identifier: Apache-2.0
"""Django's mail, and with it allauth's, on the same way as all other messages: queued, logged, tried again."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from steward.core.notify.sending import send_sealed


class NotifyBackend(BaseEmailBackend):
    """Queues every mail with its words sealed, since they may hold a link that opens an account."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue the mails in the open transaction, or in one of their own. Returns how many."""
        with transaction.atomic():
            for message in email_messages:
                for recipient in message.recipients():
                    send_sealed(to=recipient, subject=str(message.subject), text=str(message.body))
        return len(email_messages)

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(fail_silently=fail_silently, **kwargs)
