# SPDX-License-Identifier: Apache-2.0
"""Who mail comes from."""

from steward.core.notify.mail import Sender
from steward.core.notify.models import MailIdentity
from steward.settings.env import get_settings


def sender_for(client_id: int | None) -> Sender:
    """A client's own identity, else the MSP's, else the setting STEWARD_MAIL_FROM. Needs the scope of the system."""
    found = {each.client_id: each for each in MailIdentity.objects.filter(client_id__isnull=True)}
    if client_id is not None:
        found |= {each.client_id: each for each in MailIdentity.objects.filter(client_id=client_id)}
    identity = found.get(client_id) or found.get(None)
    if identity is None:
        return Sender("", get_settings().mail_from, "")
    return Sender(identity.name, identity.address, identity.reply_to)
