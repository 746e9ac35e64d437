# SPDX-License-Identifier: Apache-2.0
"""Every write about persons: inviting, roles, the clients they see, leaving, erasing."""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.action import OWN, action
from steward.core.access.errors import Denied, Refused
from steward.core.access.models import ApiToken, RoleAssignment, StaffClient
from steward.core.access.reach import (
    checked_clients,
    checked_roles,
    refuse_last_owner,
    refuse_out_of_reach,
)
from steward.core.access.roles import Role
from steward.core.audit.public import audit
from steward.core.identity.public import (
    ExternalIdentity,
    User,
    blank_person,
    end_sessions,
    fold_email,
    new_one_time_password,
    send_invitation,
)
from steward.core.tenancy.public import Actor, Client, scoped, system_scope
from steward.settings.zones import zone_names

MAX_NAME = 120


@action(permission="people.manage")
def person_invite(
    *,
    actor: Actor,
    email: str,
    name: str,
    roles: Collection[Role],
    client: Client | None,
    all_clients: bool,
    clients: Iterable[Client] = (),
    language: str = "en",
    timezone_name: str = "UTC",
) -> User:
    """Make a person and mail them a link to choose a password. With `client` they are the client's, without it of staff.

    Raises Refused: `email` when it is none or taken, `name`, `roles`, `clients`, `language`, `timezone`. Denied for rights
    or clients that the actor does not have.
    """
    side = User.Side.STAFF if client is None else User.Side.CLIENT
    _refuse_foreign_side(actor, client)
    wanted = checked_roles(actor, side, roles)
    everything, chosen = checked_clients(clients, all_clients=all_clients)
    if client is not None and (everything or chosen):
        raise Refused("clients", _("A client's people see that client alone."))
    person = User.objects.create_user(
        _free_email(email),
        side=side,
        client=client,
        name=_checked_name(name),
        all_clients=everything,
        language=_checked_language(language),
        timezone=_checked_timezone(timezone_name),
    )
    _give(person, wanted)
    StaffClient.objects.bulk_create(StaffClient(user=person, client_id=each) for each in chosen)
    audit("people.person.invite", person, roles=sorted(wanted), all_clients=everything, clients=sorted(chosen))
    send_invitation(person)
    return person


@action(permission="people.manage")
def invitation_repeat(person: User, *, actor: Actor) -> None:
    """Mail the link to choose a password again. Raises Refused (`person`) for who signed in already, or may not; Denied."""
    refuse_out_of_reach(actor, person, "people.manage")
    if person.last_login is not None:
        raise Refused("person", _("They signed in already. Who forgot a password asks for a new one at the sign-in."))
    if not person.is_active:
        raise Refused("person", _("They may not sign in. Give them access again first."))
    audit("people.person.invite_again", person)
    send_invitation(person)


@action(permission="people.manage")
def roles_set(person: User, *, actor: Actor, roles: Collection[Role]) -> None:
    """Give `person` exactly `roles`. Raises Refused (`roles`), for the last owner too; Denied above the actor's rights."""
    refuse_out_of_reach(actor, person, "people.manage")
    wanted = checked_roles(actor, person.side, roles)
    if Role.OWNER not in wanted:
        refuse_last_owner(person)
    before = sorted(RoleAssignment.objects.filter(user=person).values_list("role", flat=True))
    RoleAssignment.objects.filter(user=person).exclude(role__in=wanted).delete()
    _give(person, wanted - {Role(role) for role in before})
    audit("people.roles.set", person, before=before, after=sorted(wanted))


@action(permission="people.manage")
def clients_limit_set(person: User, *, actor: Actor, all_clients: bool, clients: Iterable[Client] = ()) -> None:
    """Let a member of staff see all clients, or the given ones alone. Raises Refused (`clients`), Denied."""
    refuse_out_of_reach(actor, person, "people.manage")
    if not person.of_staff:
        raise Refused("clients", _("A client's people see that client alone."))
    everything, chosen = checked_clients(clients, all_clients=all_clients)
    person.all_clients = everything
    person.save(update_fields=["all_clients"])
    StaffClient.objects.filter(user=person).exclude(client_id__in=chosen).delete()
    StaffClient.objects.bulk_create(
        (StaffClient(user=person, client_id=each) for each in chosen), ignore_conflicts=True
    )
    audit("people.clients.set", person, all_clients=everything, clients=sorted(chosen))


@action(permission="people.manage")
def person_deactivate(person: User, *, actor: Actor) -> None:
    """End somebody's access at once: sign-in, sessions, tokens and links to providers, which may be somebody else's by then.

    Raises Refused (`roles`) for the last owner.
    """
    refuse_out_of_reach(actor, person, "people.manage")
    refuse_last_owner(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    ended = end_sessions(person)
    revoked = ApiToken.objects.filter(user=person, revoked_at__isnull=True).update(revoked_at=timezone.now())
    unlinked, _each = ExternalIdentity.objects.filter(person=person).delete()
    audit("people.person.deactivate", person, sessions=ended, tokens=revoked, links=unlinked)


@action(permission="people.manage")
def person_activate(person: User, *, actor: Actor) -> None:
    """Let somebody sign in again. Raises Refused (`person`) for one who was erased."""
    refuse_out_of_reach(actor, person, "people.manage")
    if person.erased_at is not None:
        raise Refused("person", _("This person was erased. Invite them anew."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    audit("people.person.activate", person)


@action(permission="people.erase")
def person_erase(person: User, *, actor: Actor) -> None:
    """Blank everything personal about somebody, for ever. What they did stays in the audit under their number."""
    refuse_out_of_reach(actor, person, "people.erase")
    refuse_last_owner(person)
    end_sessions(person)
    RoleAssignment.objects.filter(user=person).delete()
    StaffClient.objects.filter(user=person).delete()
    ApiToken.objects.filter(user=person).delete()
    blank_person(person)
    audit("people.person.erase", person)


@action(permission=OWN)
def profile_set(*, actor: Actor, name: str, language: str, timezone_name: str) -> User:
    """Change one's own name, language and time zone. Raises Refused: `name`, `language`, `timezone`."""
    if actor.kind != "person" or actor.user_id is None:
        raise Denied(OWN)
    person = User.objects.select_for_update().get(pk=actor.user_id)
    person.name, person.language = _checked_name(name), _checked_language(language)
    person.timezone = _checked_timezone(timezone_name)
    person.save(update_fields=["name", "language", "timezone"])
    audit("people.profile.set", person, language=person.language, timezone=person.timezone)
    return person


def first_account(email: str, name: str) -> str:
    """Make the first account, an owner, and return its one-time password, which must be changed at the first sign-in.

    Called on the command line alone: no page and no endpoint leads here. Raises Refused (`email`) when anybody exists.
    """
    password = new_one_time_password()
    with scoped(system_scope("first account")), transaction.atomic():
        with connection.cursor() as cursor:  # two at once must not both find nobody
            cursor.execute("select pg_advisory_xact_lock(7741, 2)")
        if User.objects.exists():
            raise Refused("email", _("There is an account already. Sign in with it and invite others."))
        person = User.objects.create_user(
            _free_email(email),
            side=User.Side.STAFF,
            name=_checked_name(name),
            all_clients=True,
            password=password,
            must_change_password=True,
        )
        _give(person, frozenset({Role.OWNER}))
        audit("people.account.first", person)
    return password


def _give(person: User, roles: Iterable[Role]) -> None:
    RoleAssignment.objects.bulk_create([RoleAssignment(user=person, role=role) for role in sorted(roles)])


def _refuse_foreign_side(actor: Actor, client: Client | None) -> None:
    if actor.client_id is not None and (client is None or client.pk != actor.client_id):
        raise Denied("people.manage")


def _free_email(email: str) -> str:
    folded = fold_email(email)
    try:
        validate_email(folded)
    except ValidationError:
        raise Refused("email", _("Enter an e-mail address, such as name@example.org.")) from None
    if User.objects.filter(email=folded).exists():
        raise Refused("email", _("Somebody with this address exists already."))
    return folded


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > MAX_NAME:
        raise Refused("name", _("Enter a name of at most 120 characters."))
    return cleaned


def _checked_language(code: str) -> str:
    if code not in dict(settings.LANGUAGES):
        raise Refused("language", _("Choose one of the languages of the list."))
    return code


def _checked_timezone(name: str) -> str:
    if name not in zone_names():
        raise Refused("timezone", _("Choose a time zone such as Europe/Istanbul."))
    return name
