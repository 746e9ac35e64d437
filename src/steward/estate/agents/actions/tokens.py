# SPDX-License-Identifier: Apache-2.0
"""Enrolment tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Denied, Refused, action
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor, Client
from steward.estate.agents.models import EnrolmentToken
from steward.estate.agents.secrets import new_token, token_hash, token_hint
from steward.estate.clients.public import Site

LONGEST = timedelta(days=90)
MOST_USES = 10_000


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token; `text` is shown once and kept nowhere."""

    token: EnrolmentToken
    text: str


@action(permission="agents.enrol")
def token_mint(
    client: Client,
    *,
    actor: Actor,
    name: str,
    expires_at: datetime,
    max_uses: int,
    pre_approved: bool,
    site: Site | None = None,
) -> Minted:
    """Make a token with which up to `max_uses` machines can make themselves known to `client` until `expires_at`.

    `pre_approved` has no default: a machine that needs no approval is believed on the token alone. Only an owner may mark one so.

    Raises:
        Denied: `pre_approved` without the permission.
        Refused: `name`, `expires_at` in the past or more than 90 days away, `max_uses`, `site` of another client.
    """
    if pre_approved and not actor.may("agents.preapprove"):
        raise Denied("agents.preapprove")
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Refused("name", _("Give it a name of at most 80 letters, such as where it will be used."))
    if not timezone.now() < expires_at <= timezone.now() + LONGEST:
        raise Refused("expires_at", _("Choose a time within the next 90 days."))
    if not 1 <= max_uses <= MOST_USES:
        raise Refused("max_uses", _("Choose between 1 and 10,000 machines."))
    if site is not None and site.client_id != client.pk:
        raise Refused("site", _("Choose a site of the same client."))
    text = new_token()
    token = EnrolmentToken.objects.create(
        client=client, name=name, hash=token_hash(text), hint=token_hint(text), site=site, pre_approved=pre_approved,
        max_uses=max_uses, expires_at=expires_at, created_by_id=actor.user_id,
    )  # fmt: skip
    audit("agents.token.mint", token, uses=max_uses, until=expires_at, pre_approved=pre_approved)
    return Minted(token, text)


@action(permission="agents.enrol")
def token_revoke(token: EnrolmentToken, *, actor: Actor) -> EnrolmentToken:
    """Let nobody else in with this token. Machines that came by it stay."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit("agents.token.revoke", token)
    return token
