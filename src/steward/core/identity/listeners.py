# SPDX-License-Identifier: Apache-2.0
"""Writes down who signed in and out, and what was done to a password or a second factor."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from steward.core.audit.public import audit
from steward.core.identity.models import User, fold_email
from steward.core.tenancy.public import Actor, Scope, current_scope_or_none, scoped, system_scope


@receiver(account.user_logged_in, dispatch_uid="steward.signed_in")
def _signed_in(user: User, request: Any, **_: Any) -> None:
    records = request.session.get("account_authentication_methods", [])
    means = [record.get("type") or record["method"] for record in records]
    _write("identity.session.begin", user, means=means)


@receiver(auth.user_logged_out, dispatch_uid="steward.signed_out")
def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        _write("identity.session.end", user)


@receiver(auth.user_login_failed, dispatch_uid="steward.sign_in_failed")
def _sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    # The address is not written down: it is personal, and often a password typed into the wrong field.
    person = User.objects.filter(email=fold_email(str(credentials.get("email", "")))).first()
    with scoped(system_scope("sign-in")), transaction.atomic():
        audit("identity.sign_in.fail", person, by="password")


@receiver(mfa.authentication_failed, dispatch_uid="steward.second_factor_failed")
def _second_factor_failed(user: User, authenticator: Authenticator, **_: Any) -> None:
    _write("identity.sign_in.fail", user, by=authenticator.type)


@receiver((account.password_changed, account.password_set), dispatch_uid="steward.password_changed")
def _password_changed(user: User, **_: Any) -> None:
    _own_password(user)
    _write("identity.password.change", user)


@receiver(account.password_reset, dispatch_uid="steward.password_reset")
def _password_reset(user: User, **_: Any) -> None:
    _own_password(user)
    _write("identity.password.reset", user)


@receiver(mfa.authenticator_reset, dispatch_uid="steward.codes_made_anew")
def _codes_made_anew(user: User, **_: Any) -> None:
    _write("identity.recovery_codes.renew", user)


# By the row and not by allauth's signal, which comes after the commit, where a crash forgets it.
@receiver(post_save, sender=Authenticator, dispatch_uid="steward.factor_added")
def _factor_added(instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        _write("identity.factor.add", instance.user, type=instance.type)


@receiver(post_delete, sender=Authenticator, dispatch_uid="steward.factor_removed")
def _factor_removed(instance: Authenticator, **_: Any) -> None:
    _write("identity.factor.remove", instance.user, type=instance.type)


def _own_password(person: User) -> None:
    if person.must_change_password:
        person.must_change_password = False
        person.save(update_fields=["must_change_password"])


def _write(kind: str, person: User, **params: Any) -> None:
    """As somebody else when a scope is open (an owner who erases a person), else as the person."""
    clients = frozenset({person.client_id} if person.client_id is not None else ())
    own = Scope(Actor("person", str(person), frozenset(), person.pk, person.client_id), clients)
    with scoped(current_scope_or_none() or own), transaction.atomic():
        audit(kind, person, **params)
