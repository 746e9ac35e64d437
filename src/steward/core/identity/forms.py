# SPDX-License-Identifier: Apache-2.0
"""allauth's forms in the product's words, and what they do otherwise here."""

from typing import Any, Final

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.cache import cache
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from steward.core.crypto.public import CannotDecrypt, decrypt, encrypt
from steward.core.identity.invitation import link_of
from steward.core.identity.models import User

# A code is good for its own 30 seconds and those before and after; within them it opens once.
CODE_LIVES_SECONDS: Final = 120
MAX_NAME: Final = 60
PASSWORD_HELP: Final = _(
    "At least 12 characters; a sentence is easy to remember. Not one that others have been found with."
)
CODE_HELP: Final = _("Six digits from the authenticator app, or a recovery code.")
LABELS: Final[dict[str, Any]] = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Password so far"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
    "name": _("Name of the passkey"),
}


def _forgot() -> str:
    return format_html('<a href="{}">{}</a>', reverse_lazy("account_reset_password"), _("Forgot the password?"))


class Worded:
    """Gives the fields of a form the product's labels and helps, and takes the placeholders away, which repeat them."""

    HELPS: dict[str, Any] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in LABELS:
                field.label = LABELS[name]
            field.help_text = self.HELPS.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.widget.attrs |= {"inputmode": "text", "autocomplete": "one-time-code", "autofocus": True}


class SignInForm(Worded, account.LoginForm):  # type: ignore[misc]  # allauth carries no types
    HELPS = {"password": lazy(_forgot, str)()}


class ForgotForm(Worded, account.ResetPasswordForm):  # type: ignore[misc]  # allauth carries no types
    """Answers, and works, alike for an address that nobody has."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if not self.users:
            _as_much_work(request, self.cleaned_data["email"])
        return str(super().save(request, **kwargs))


class NewPasswordForm(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth carries no types
    HELPS = {"password1": PASSWORD_HELP}


class ChangePasswordForm(Worded, account.ChangePasswordForm):  # type: ignore[misc]  # allauth carries no types
    HELPS = {"password1": PASSWORD_HELP}


class SetPasswordForm(Worded, account.SetPasswordForm):  # type: ignore[misc]  # allauth carries no types
    HELPS = {"password1": PASSWORD_HELP}


class PasswordAgainForm(Worded, account.ReauthenticateForm):  # type: ignore[misc]  # allauth carries no types
    pass


class OncePerCode:
    """A code of the app is taken once, also by who reads it over a shoulder."""

    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        used = f"steward.totp.{self.authenticator.user_id}.{''.join(code.split())}"
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(used, 1, CODE_LIVES_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(Worded, OncePerCode, mfa.AuthenticateForm):  # type: ignore[misc]  # allauth carries no types
    HELPS = {"code": CODE_HELP}


class CodeAgainForm(Worded, OncePerCode, mfa.ReauthenticateForm):  # type: ignore[misc]  # allauth carries no types
    HELPS = {"code": CODE_HELP}


class ActivateTotpForm(Worded, totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth carries no types
    """Keeps the secret sealed in the session too, until the first code has proved that the app has it."""

    HELPS = {"code": _("Six digits that the app shows now.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs["user"]
        super().__init__(*args, **kwargs)

    @property
    def secret(self) -> str:
        """The secret that the app is to have."""
        return self._secret

    @secret.setter
    def secret(self, _given: str) -> None:
        session = context.request.session
        sealed = session.get(_SEALED) if self.is_bound else None
        try:
            self._secret = decrypt("mfa-setup", sealed or "", context=self._bound_to).decode()
        except CannotDecrypt:
            self._secret = totp_auth.generate_totp_secret()
            session[_SEALED] = encrypt("mfa-setup", self._secret.encode(), context=self._bound_to)
        session.pop(totp_auth.SECRET_SESSION_KEY, None)

    def clean_code(self) -> str:
        validate_can_add_authenticator(self.user)
        return str(super().clean_code())

    @property
    def _bound_to(self) -> bytes:
        return str(self.user.pk).encode()


_SEALED: Final = "steward_totp_setup"


class AddPasskeyForm(Worded, webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth carries no types
    """Every key is a passkey: it stays on the device and asks for a finger, a face or a number."""

    HELPS = {"name": _("So that you know it again, such as the device it is on.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]
        self.fields["name"].validators.append(MaxLengthValidator(MAX_NAME))

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["passwordless"] = True
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class EditPasskeyForm(Worded, webauthn.EditWebAuthnForm):  # type: ignore[misc]  # allauth carries no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(MaxLengthValidator(MAX_NAME))


def _as_much_work(request: HttpRequest, email: str) -> None:
    """What is done for an address that somebody has, but for the sending."""
    nobody = User(pk=0, email=email, language="en")
    token = account.default_token_generator.make_token(nobody)
    words = {"user": nobody, "password_reset_url": link_of(f"0-{token}"), "request": request, "address": ""}
    for part in ("subject", "message"):
        render_to_string(f"account/email/password_reset_key_{part}.txt", words)
