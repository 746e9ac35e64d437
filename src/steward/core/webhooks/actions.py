# SPDX-License-Identifier: Apache-2.0
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, save_once
from steward.core.audit.public import audit
from steward.core.crypto.public import encrypt
from steward.core.outward.public import BAD_ADDRESS, origin_of, refusal_of
from steward.core.tenancy.public import ALL, Actor, Client, current_scope
from steward.core.webhooks.delivering import SEALED_KEY, SEALED_URL, TEST, queue
from steward.core.webhooks.models import Delivery, Endpoint
from steward.core.webhooks.registry import webhook_events
from steward.core.webhooks.signing import new_key

OVERLAP: Final = timedelta(hours=24)
AGAIN: Final = (Delivery.State.FAILED, Delivery.State.STOPPED)
AT_ONCE: Final = 1000
NAME_MAX: Final = 80
_TAKEN: Final = _("There is a web hook of this name already.")


@action(permission="webhooks.manage")
def endpoint_add(
    *, actor: Actor, client: Client | None, name: str, url: str, events: Collection[str]
) -> tuple[Endpoint, str]:
    """Have another system told of events: those of `client`, or without one of everything. Also returns the key that signs, which
    is shown nowhere else; it is kept sealed, as the address is.

    Raises:
        Refused: field `name` when it is empty, too long or taken, `url` when it can't be asked, `events` when there is none or
        one that nobody tells, `client` for everything when the actor does not see every client.
    """
    if client is None and current_scope().clients is not ALL:
        raise Refused("client", _("Only those who see every client have others told of everything. Choose one."))
    key = new_key()
    endpoint = Endpoint(client=client, created_by_id=actor.user_id, name=_checked_name(name))
    endpoint.events, endpoint.origin = _checked_events(events), _checked_origin(url)
    endpoint.sealed_url = endpoint.sealed_key = ""
    save_once(endpoint, "name", _TAKEN)
    # What is sealed is bound to the row's identifier, which the database gives.
    endpoint.refresh_from_db(fields=["uid"])
    endpoint.sealed_url = _sealed_url(endpoint, url)
    endpoint.sealed_key = _sealed_key(endpoint, key)
    endpoint.save(update_fields=["sealed_url", "sealed_key"])
    audit("webhooks.endpoint.add", endpoint, name=endpoint.name, origin=endpoint.origin, events=endpoint.events)
    return endpoint, key


@action(permission="webhooks.manage")
def endpoint_edit(endpoint: Endpoint, *, actor: Actor, name: str, events: Collection[str], url: str = "") -> Endpoint:
    """Change an endpoint; its address only when a new one is given.

    Raises:
        Refused: as `endpoint_add`.
    """
    found = _locked(endpoint)
    found.name, found.events = _checked_name(name), _checked_events(events)
    if url:
        found.origin, found.sealed_url = _checked_origin(url), _sealed_url(found, url)
    save_once(found, "name", _TAKEN)
    audit("webhooks.endpoint.edit", found, name=name, events=found.events, address_changed=bool(url))
    return found


@action(permission="webhooks.manage")
def endpoint_key_change(endpoint: Endpoint, *, actor: Actor) -> str:
    """Give an endpoint a new key, and return it this once. The one before signs along for a day, and the one before that no more."""
    found = _locked(endpoint)
    key = new_key()
    found.sealed_key_before, found.key_before_until = found.sealed_key, timezone.now() + OVERLAP
    found.sealed_key = _sealed_key(found, key)
    found.save(update_fields=["sealed_key", "sealed_key_before", "key_before_until"])
    audit("webhooks.endpoint.key_change", found)
    return key


@action(permission="webhooks.manage")
def endpoint_switch(endpoint: Endpoint, *, actor: Actor, on: bool) -> None:
    """Send messages to an endpoint, or none any more. What happens meanwhile is not told later; what had failed can be."""
    found = _locked(endpoint)
    if found.takes is on:
        return
    found.state = Endpoint.State.ACTIVE if on else Endpoint.State.OFF
    found.failing_since, found.failures, found.rests_until = None, 0, None
    found.save(update_fields=["state", "failing_since", "failures", "rests_until"])
    audit("webhooks.endpoint.switch", found, on=on)


@action(permission="webhooks.manage")
def endpoint_archive(endpoint: Endpoint, *, actor: Actor) -> None:
    """Put an endpoint away for good: its address and keys are blanked, its log stays for as long as any."""
    found = _locked(endpoint)
    found.state = Endpoint.State.ARCHIVED
    # The name is free for another one from now on.
    found.name = f"{found.name[:40]} ({found.uid})"
    found.sealed_url = found.sealed_key = found.sealed_key_before = ""
    found.save()
    audit("webhooks.endpoint.archive", found)


@action(permission="webhooks.manage")
def endpoint_test(endpoint: Endpoint, *, actor: Actor) -> Delivery:
    """Send a test message, also to an endpoint that is switched off. It is tried once; what becomes of it stands in the log."""
    found = _locked(endpoint)
    now = timezone.now()
    delivery = Delivery(
        endpoint=found,
        client_id=found.client_id,
        type=TEST,
        data={"endpoint": str(found.uid)},
        happened_at=now,
        next_at=now,
    )
    queue(delivery)
    delivery.refresh_from_db(fields=["uid"])
    audit("webhooks.endpoint.test", found)
    return delivery


@action(permission="webhooks.manage")
def delivery_replay(delivery: Delivery, *, actor: Actor) -> None:
    """Send a message again that did not get through, under the same id and with tries to spare.

    Raises:
        Refused: field `delivery` when it is under way or got through, `endpoint` when its endpoint is switched off.
    """
    _refuse_off(delivery.endpoint_id)
    found = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if found.state not in AGAIN:
        raise Refused("delivery", _("This message is not among those that failed; reload the page."))
    _replay([found])
    audit("webhooks.delivery.replay", found)


@action(permission="webhooks.manage")
def deliveries_replay(endpoint: Endpoint, *, actor: Actor) -> int:
    """Send every message of an endpoint again that failed or was stopped, the oldest first and 1,000 at most. Returns how many.

    Raises:
        Refused: field `endpoint` when it is switched off.
    """
    _refuse_off(endpoint.pk)
    failed = Delivery.objects.filter(endpoint=endpoint, state__in=AGAIN).exclude(type=TEST)
    found = list(failed.select_for_update(of=("self",), skip_locked=True).order_by("created_at", "pk")[:AT_ONCE])
    _replay(found)
    audit("webhooks.endpoint.replay", endpoint, count=len(found))
    return len(found)


def _replay(found: Iterable[Delivery]) -> None:
    now = timezone.now()
    for each in found:
        each.state, each.ended_at, each.attempts, each.next_at = Delivery.State.QUEUED, None, 0, now
        queue(each)


def _locked(endpoint: Endpoint) -> Endpoint:
    found = Endpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
    if found.state == Endpoint.State.ARCHIVED:
        raise Refused("endpoint", _("This web hook was archived. Add a new one."))
    return found


def _refuse_off(endpoint_id: int) -> None:
    if not Endpoint.objects.get(pk=endpoint_id).takes:
        raise Refused("endpoint", _("This web hook is switched off. Switch it on first."))


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > NAME_MAX:
        raise Refused("name", _("Enter a name of at most 80 characters."))
    return cleaned


def _checked_origin(url: str) -> str:
    if why := refusal_of(url):
        raise Refused("url", BAD_ADDRESS[why])
    return origin_of(url)


def _checked_events(events: Collection[str]) -> list[str]:
    wanted, known = set(events), {each.type for each in webhook_events()}
    if not wanted or wanted - known:
        raise Refused("events", _("Choose at least one event of the list."))
    return sorted(wanted)


def _sealed_url(endpoint: Endpoint, url: str) -> str:
    return encrypt(SEALED_URL, url.encode(), context=endpoint.uid.bytes)


def _sealed_key(endpoint: Endpoint, key: str) -> str:
    return encrypt(SEALED_KEY, key.encode(), context=endpoint.uid.bytes)
