# SPDX-License-Identifier: Apache-2.0
"""What is done to a person's own row and everything that hangs on it."""

import base64
import secrets

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from steward.core.identity.models import ExternalIdentity, User

PROVING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone prove nothing
ONE_TIME_BYTES = 15


def has_second_factor(person: User) -> bool:
    """Whether `person` has an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user=person, type__in=PROVING).exists())


def new_one_time_password() -> str:
    """120 random bits in groups that can be read aloud: "k5dmw-…"."""
    text = base64.b32encode(secrets.token_bytes(ONE_TIME_BYTES)).decode().lower()
    return "-".join(text[at : at + 6] for at in range(0, len(text), 6))


def blank_person(person: User) -> None:
    """Take away everything personal and every way to sign in. What refers to the person's number stays."""
    for model in (Authenticator, EmailAddress, UserSession):
        model.objects.filter(user=person).delete()
    ExternalIdentity.objects.filter(person=person).delete()
    person.email, person.name = f"erased-{person.uid}@erased.invalid", ""
    person.language, person.timezone = "en", "UTC"
    person.is_active, person.must_change_password = False, False
    person.last_login, person.erased_at = None, timezone.now()
    person.set_unusable_password()
    person.save()
