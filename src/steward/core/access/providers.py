# SPDX-License-Identifier: Apache-2.0
"""Every write about who else may say who signs in: the providers, by the owner; links, by whose they are or who manages people."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from steward.core.access.action import OWN, action
from steward.core.access.errors import Denied, Refused
from steward.core.access.reach import refuse_out_of_reach
from steward.core.access.writing import save_once
from steward.core.audit.public import audit
from steward.core.identity.public import (
    ExternalIdentity,
    OidcProvider,
    Untrusted,
    User,
    discover,
    providers,
    seal_secret,
)
from steward.core.outward.public import BAD_ADDRESS, refusal_of
from steward.core.tenancy.public import Actor

MAX_NAME, MAX_VALUE, MAX_MEANS = 60, 255, 20


@action(permission="people.sign_in_manage")
def provider_add(
    *,
    actor: Actor,  # noqa: ARG001  (the decorator looks at it)
    name: str,
    issuer: str,
    client_id: str,
    client_secret: str,
    factor_means: Collection[str] = (),
) -> OidcProvider:
    """Let people sign in with a provider, once each of them has linked it. Its issuer can't be changed later.

    Asks the provider who it is. Raises Refused: `name`, `issuer` when it is no address, taken, or does not answer as itself,
    `client_id`, `client_secret`, `factor_means`.
    """
    wanted = issuer.strip()
    _refuse_no_provider(wanted)
    made = OidcProvider(name=_checked_name(name), issuer=wanted, sealed_secret="")
    made.client_id, made.factor_means = _checked_value("client_id", client_id), _checked_means(factor_means)
    secret = _checked_value("client_secret", client_secret)
    save_once(made, "name", _("There is a provider of this name, or with this issuer, already."))
    # What is sealed is bound to the row's identifier, which the database gives.
    made.refresh_from_db(fields=["uid"])
    made.sealed_secret = seal_secret(made, secret)
    made.save(update_fields=["sealed_secret"])
    audit("people.provider.add", None, provider=made.uid, name=made.name, issuer=made.issuer, means=made.factor_means)
    return made


@action(permission="people.sign_in_manage")
def provider_edit(
    provider: OidcProvider,
    *,
    actor: Actor,  # noqa: ARG001  (the decorator looks at it)
    name: str,
    client_id: str,
    factor_means: Collection[str],
    client_secret: str = "",
) -> OidcProvider:
    """Change a provider; its secret only when a new one is given. Raises Refused as `provider_add`."""
    found = providers().select_for_update().get(pk=provider.pk)
    found.name, found.client_id = _checked_name(name), _checked_value("client_id", client_id)
    found.factor_means = _checked_means(factor_means)
    if client_secret:
        found.sealed_secret = seal_secret(found, _checked_value("client_secret", client_secret))
    save_once(found, "name", _("There is a provider of this name, or with this issuer, already."))
    changed = bool(client_secret)
    audit("people.provider.edit", None, provider=found.uid, name=found.name, means=found.factor_means, renewed=changed)
    return found


@action(permission="people.sign_in_manage")
def provider_switch(provider: OidcProvider, *, actor: Actor, on: bool) -> None:  # noqa: ARG001  (the decorator looks at it)
    """Let people sign in with a provider, or no more. Sessions that began with it go on; links stay for when it comes back."""
    OidcProvider.objects.filter(pk=provider.pk).update(enabled=on)
    audit("people.provider.switch", None, provider=provider.uid, on=on)


@action(permission=OWN)
def own_identity_unlink(uid: UUID, *, actor: Actor) -> ExternalIdentity:
    """Take one of one's own links away. Raises ExternalIdentity.DoesNotExist, for another person's too; Denied for a token."""
    if actor.kind != "person" or actor.user_id is None:
        raise Denied(OWN)
    found = ExternalIdentity.objects.select_related("provider", "person").get(uid=uid, person_id=actor.user_id)
    return _unlinked(found)


@action(permission="people.manage")
def identity_unlink(person: User, uid: UUID, *, actor: Actor) -> ExternalIdentity:
    """Have a provider sign `person` in no more; sessions go on. Raises ExternalIdentity.DoesNotExist, Denied."""
    refuse_out_of_reach(actor, person, "people.manage")
    return _unlinked(ExternalIdentity.objects.select_related("provider", "person").get(uid=uid, person=person))


def _unlinked(found: ExternalIdentity) -> ExternalIdentity:
    audit("identity.external.unlink", found.person, provider=found.provider.name, identity=found.uid)
    found.delete()
    return found


def _refuse_no_provider(issuer: str) -> None:
    if why := refusal_of(issuer):
        raise Refused("issuer", BAD_ADDRESS[why])
    if len(issuer) > MAX_VALUE or "?" in issuer or "#" in issuer:
        raise Refused("issuer", _("Write the issuer as the provider itself does, without a query."))
    try:
        discover(issuer)
    except Untrusted as untrusted:
        raise Refused(
            "issuer",
            _("The provider does not answer as this issuer (%(why)s). Look at issuer/.well-known/openid-configuration.")
            % {"why": untrusted.code},
        ) from None


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > MAX_NAME:
        raise Refused("name", _("Enter a name of at most 60 characters."))
    return cleaned


def _checked_value(field: str, text: str) -> str:
    cleaned = text.strip()
    if not cleaned or len(cleaned) > MAX_VALUE or not cleaned.isascii() or not cleaned.isprintable():
        raise Refused(field, _("Enter it as the provider shows it, in at most 255 characters."))
    return cleaned


def _checked_means(means: Collection[str]) -> list[str]:
    wanted = sorted({each.strip() for each in means if each.strip()})
    if len(wanted) > MAX_MEANS or any(len(each) > MAX_VALUE for each in wanted):
        raise Refused("factor_means", _("Enter at most 20 values of amr or acr."))
    return wanted
