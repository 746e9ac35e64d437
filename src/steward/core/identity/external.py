# SPDX-License-Identifier: Apache-2.0
"""Providers and the identities that hang on them: looked up by issuer and subject alone."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from steward.core.crypto.public import decrypt, encrypt
from steward.core.identity.models import ExternalIdentity, OidcProvider, User
from steward.core.identity.oidc import Client, Proof
from steward.settings.env import get_settings


class NotToLink(Exception):
    """An identity can't be linked: `code` is `taken` (somebody else has it) or `another` (the person has one of this provider)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def providers() -> QuerySet[OidcProvider]:
    """Every provider, by name."""
    return OidcProvider.objects.order_by("name")


def offered() -> list[OidcProvider]:
    """The providers that one can sign in with."""
    return list(providers().filter(enabled=True))


def identities_of(person: User) -> list[ExternalIdentity]:
    """What is linked to a person."""
    return list(ExternalIdentity.objects.filter(person=person).select_related("provider").order_by("provider__name"))


def callback_address(provider: OidcProvider) -> str:
    """Where a provider sends people back to: one address a provider, so that one can't answer for another; under STEWARD_URL."""
    return get_settings().base_url + reverse("oidc_callback", args=[provider.uid])


def client_of(provider: OidcProvider) -> Client:
    """Who we are at `provider`."""
    secret = decrypt("identity.oidc", provider.sealed_secret, context=provider.uid.bytes).decode()
    return Client(provider.issuer, provider.client_id, secret, callback_address(provider))


def seal_secret(provider: OidcProvider, text: str) -> str:
    """A client secret as it is kept, bound to its provider."""
    return encrypt("identity.oidc", text.encode(), context=provider.uid.bytes)


def person_of(provider: OidcProvider, proof: Proof) -> User | None:
    """Who is linked to this subject of this provider and may sign in; None for nobody, whatever else the proof says."""
    found = (
        ExternalIdentity.objects.select_related("person")
        .filter(provider=provider, provider__issuer=proof.issuer, provider__enabled=True, subject=proof.subject)
        .first()
    )
    if found is None or not found.person.is_active:
        return None
    ExternalIdentity.objects.filter(pk=found.pk).update(used_at=timezone.now())
    return found.person


def link(person: User, provider: OidcProvider, proof: Proof) -> ExternalIdentity:
    """Link a subject to `person`; the one that is linked already stays as it is. Needs a transaction. Raises NotToLink."""
    OidcProvider.objects.select_for_update().get(pk=provider.pk, issuer=proof.issuer, enabled=True)
    there = ExternalIdentity.objects.filter(provider=provider, subject=proof.subject).first()
    if there is not None:
        if there.person_id != person.pk:
            raise NotToLink("taken")
        return there
    if ExternalIdentity.objects.filter(provider=provider, person=person).exists():
        raise NotToLink("another")
    return ExternalIdentity.objects.create(provider=provider, subject=proof.subject, person=person)


def counts_as_factor(provider: OidcProvider, proof: Proof) -> bool:
    """Whether the operator said that what the provider saw is a second factor."""
    return bool(proof.means & set(provider.factor_means))
