# SPDX-License-Identifier: Apache-2.0
"""Where allauth asks the product: nobody signs up, addresses come from the settings, secrets are sealed, mails are ours."""

from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from steward.core.crypto.public import decrypt, encrypt
from steward.core.identity.invitation import link_of
from steward.core.identity.models import User
from steward.core.identity.persons import PROVING
from steward.settings.env import get_settings

PURPOSE = "mfa"
FRESH_SECONDS = 300


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Passwords, sign-in, mails."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The address or the password is not right."),
        "too_many_login_attempts": _("Too many attempts. Wait some minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait some minutes, then try again."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or was used already. Codes change every 30 seconds."),
        "invalid_password_reset": _("This link was used already, or is older than three days. Ask for a new one."),
        "account_inactive": _("This account is switched off. Ask whoever looks after your accounts."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never: people are invited."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who is switched off gets the answer of a wrong password, so that a stolen one can't be tried out on them."""
        person: User | None = super().authenticate(request, **credentials)
        return person if person is not None and person.is_active else None

    def reauthenticate(self, person: User, password: str) -> bool:
        """Whether this is the person's password; counted against the same limits as signing in."""
        found = self.authenticate(context.request, email=person.email, password=password)
        return found is not None and found.pk == person.pk

    def is_reauthentication_required(self, **_kwargs: Any) -> bool:
        """Not within five minutes of proving who one is, by whichever means."""
        request = context.request
        newest = max((each["at"] for each in get_authentication_records(request, request.user)), default=0.0)
        return bool(timezone.now().timestamp() - newest > FRESH_SECONDS)

    def get_login_stages(self) -> list[str]:
        """allauth's, with our own second factor in the place of its."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "steward.core.identity.stages.SecondFactor"}
        return [ours.get(each, each) for each in super().get_login_stages()]

    def get_reset_password_from_key_url(self, key: str) -> str:
        return link_of(key)

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        return "/"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of who reads it."""
        person = context.get("user")
        with translation.override(person.language if isinstance(person, User) else None):
            super().send_mail(template_prefix, email, context | {"address": get_settings().base_url})

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, {"user": user, **(context or {})}, email or user.email)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """Second factors: sealed for their person, named for this installation."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("Staff keep at least one second factor. Add another one first."),
        "cannot_generate_recovery_codes": _("Recovery codes need a second factor. Set one up first."),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(PURPOSE, text.encode(), context=self._person())

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(PURPOSE, encrypted_text, context=self._person()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of staff, who would be shut out by it."""
        if not authenticator.user.of_staff or authenticator.type not in PROVING:
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=PROVING)
        return bool(others.exclude(pk=authenticator.pk).exists())

    def build_totp_svg(self, url: str) -> str:
        # Without a style attribute, which the content security policy would refuse.
        return segno.make(url, error="m").svg_inline(omitsize=True, svgclass="st-qr", lineclass=None, border=2)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # Of the public address, whatever host the request names: a passkey is bound to it for ever.
        return {"id": urlsplit(get_settings().base_url).hostname or "localhost", "name": "Steward"}

    def _person(self) -> bytes:
        request = context.request
        stage = getattr(request, "_login_stage", None)
        person = request.user if request.user.is_authenticated else stage and stage.login.user
        if person is None:
            raise PermissionError("a second factor is opened for the person it belongs to alone")
        return str(person.pk).encode()
