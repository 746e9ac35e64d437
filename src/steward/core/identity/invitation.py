# SPDX-License-Identifier: Apache-2.0
"""The link by which somebody chooses a password: mailed to who is invited, and to who forgot theirs."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from steward.core.identity.models import User
from steward.settings.env import get_settings


def password_link(person: User) -> str:
    """An address that works once, for three days, and stops working as soon as the password or the e-mail changes."""
    return link_of(f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}")


def link_of(key: str) -> str:
    """The address for a key, always under STEWARD_URL: what a request says of its host is not believed."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return get_settings().base_url + path.replace("UID-KEY", key)


def send_invitation(person: User) -> None:
    """Mail `person`, in their language, where to choose a password."""
    context = {"person": person, "link": password_link(person), "address": get_settings().base_url}
    with translation.override(person.language):
        subject = render_to_string("identity/email/invitation_subject.txt", context).strip()
        body = render_to_string("identity/email/invitation_message.txt", context)
    EmailMessage(subject=subject, body=body, to=[person.email]).send(fail_silently=False)
