# SPDX-License-Identifier: Apache-2.0
"""Personal API tokens: minting, revoking, and what one gives at the moment it is used."""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.action import action
from steward.core.access.actors import scope_for
from steward.core.access.errors import Denied, Refused
from steward.core.access.models import ApiToken
from steward.core.access.reach import people
from steward.core.access.registry import of_some_clients
from steward.core.access.registry import permissions as declared
from steward.core.access.standing import missing_step
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, Client, Scope, current_scope

PREFIX: Final = "stw_"
LONGEST_LIFE: Final = timedelta(days=366)
LAST_USED_EVERY: Final = timedelta(minutes=1)
MAX_NAME: Final = 80


@action(permission="tokens.mint")
def token_mint(
    *,
    actor: Actor,
    name: str,
    permissions: Collection[str],
    clients: Iterable[Client] | None,
    expires_at: datetime,
) -> tuple[ApiToken, str]:
    """Make a token of some of the actor's rights. Returns it with its secret, which is never shown again.

    `clients` None: every client that the owner may see, now and later. Raises Refused: `name`, `permissions`, `clients`,
    `expires_at`; Denied when a token mints a token.
    """
    if actor.kind != "person" or actor.user_id is None:
        raise Denied("tokens.mint")
    chosen = None if clients is None else sorted({client.pk for client in clients})
    _refuse_wrong(actor, name, permissions, chosen, expires_at)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user_id=actor.user_id,
        name=name.strip(),
        hash=_hash(secret),
        hint=secret[: len(PREFIX) + 4],
        permissions=sorted(set(permissions)),
        clients=chosen,
        expires_at=expires_at,
    )
    audit("tokens.token.mint", token, permissions=token.permissions, clients=chosen, expires_at=expires_at)
    return token, secret


@action(permission="tokens.mint")
def token_revoke(token: ApiToken, *, actor: Actor) -> None:
    """End a token at once: one's own, or with `people.manage` that of somebody within reach. Raises Denied."""
    own = token.user_id == actor.user_id
    if not own and not (actor.may("people.manage") and people().filter(pk=token.user_id).exists()):
        raise Denied("tokens.mint")
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    audit("tokens.token.revoke", token)


def scope_for_token(secret: str) -> Scope | None:
    """What a token gives now: of its own rights and clients those that its owner still has. None when it gives nothing.

    Unknown, expired and revoked tokens, and those whose owner may not sign in, are told apart by nobody.
    """
    if not secret.startswith(PREFIX):
        return None
    token = ApiToken.objects.select_related("user").filter(_alive(), hash=_hash(secret)).first()
    if token is None or not token.user.is_active or missing_step(token.user) is not None:
        return None
    _remember_use(token)
    return _narrowed(token, token.user)


def actor_for_token(secret: str) -> Actor | None:
    """Who acts with this token; None when it gives nothing. The clients are in `scope_for_token`."""
    scope = scope_for_token(secret)
    return scope.actor if scope else None


def _narrowed(token: ApiToken, owner: User) -> Scope:
    full = scope_for(owner)
    held = full.actor.permissions & frozenset(token.permissions)
    held = held if token.clients is None else of_some_clients(held)
    actor = Actor("token", token.name, held, owner.pk, owner.client_id)
    whole = Scope(actor, full.clients)
    return whole if token.clients is None else whole.narrowed(frozenset(token.clients))


def _alive() -> Q:
    return Q(revoked_at__isnull=True, expires_at__gt=timezone.now())


def _remember_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _refuse_wrong(
    actor: Actor, name: str, wanted: Collection[str], clients: list[int] | None, expires_at: datetime
) -> None:
    if not name.strip() or len(name.strip()) > MAX_NAME:
        raise Refused("name", _("Enter a name of at most 80 characters, such as what uses the token."))
    if not wanted or any(code not in declared() or not actor.may(code) for code in wanted):
        raise Refused("permissions", _("Choose from the permissions that you hold yourself."))
    if clients is not None and (not clients or any(not current_scope().allows(each) for each in clients)):
        raise Refused("clients", _("Choose from the clients that you see yourself."))
    if not timezone.now() < expires_at <= timezone.now() + LONGEST_LIFE:
        raise Refused("expires_at", _("Choose a date from tomorrow to one year from now."))


def _hash(secret: str) -> str:
    # The secret holds 256 random bits: a slow hash would add nothing but time at every request.
    return hashlib.sha256(secret.encode()).hexdigest()
