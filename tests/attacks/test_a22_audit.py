# SPDX-License-Identifier: Apache-2.0
"""A22: whoever owns the database changes the audit. What the owner's role may not do at all is in
tests/core/audit/test_record.py; here a superuser switches the triggers off, and `verify` has to see it."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from psycopg import sql

from steward.core.access.public import ApiToken, Role, actor_for, profile_set, scope_for, token_mint
from steward.core.audit.public import SignedHead, audit, export_anchor, verify
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.ledger import Cluster
from tests.attacks.chain import REWRITE_FROM, own_ledger, superuser, write
from tests.fixtures.actors import make_person

ROWS = 12
TRIES = 40
COLUMNS = ("actor_name", "kind", "record_kind", "record_id", "request_id")
Tamper = Callable[[psycopg.Connection[Any]], None]


@pytest.fixture
def ledger(ledger_cluster: Cluster, test_database: str, django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """A ledger with some audit of its own, and a superuser's connection to it, triggers off."""
    name = f"steward_tamper_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock(), own_ledger(ledger_cluster, name), superuser(ledger_cluster, name) as attacker:
        write(ROWS)
        triggers(attacker, "disable")
        yield attacker


def update(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute(
        "update audit.entry set params = '{\"number\": 99}' where id = (select entry from audit.link where seq = 5)"
    )


def backdate(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute(
        "update audit.entry set at = at - interval '1 hour' where id = (select entry from audit.link where seq = 5)"
    )


def move_to_another_client(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute("update audit.entry set client_id = 7 where id = (select entry from audit.link where seq = 5)")


DELETE_LINKS = sql.SQL(
    "with gone as (delete from audit.link where seq between {} and {} returning entry) "
    "delete from audit.entry where id in (select entry from gone)"
)
NAME = sql.SQL("select {} from audit.entry where id = (select entry from audit.link where seq = {})")
RENAME = sql.SQL("update audit.entry set {} = %s where id = (select entry from audit.link where seq = {})")


def triggers(attacker: psycopg.Connection[Any], verb: str) -> None:
    for table in ("entry", "link"):
        attacker.execute(sql.SQL("alter table audit.{} {} trigger user").format(sql.Identifier(table), sql.SQL(verb)))


def delete(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute(DELETE_LINKS.format(6, 6))


def delete_the_entry_alone(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute("alter table audit.link disable trigger all; alter table audit.entry disable trigger all")
    attacker.execute("delete from audit.entry where id = (select entry from audit.link where seq = 6)")


def delete_the_link_alone(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute("delete from audit.link where seq = 6")


def reorder(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute("alter table audit.link drop constraint link_entry_key")
    attacker.execute(
        "update audit.link l set entry = o.entry from audit.link o where (l.seq, o.seq) in ((4, 8), (8, 4))"
    )


def renumber(attacker: psycopg.Connection[Any]) -> None:
    delete(attacker)
    attacker.execute("update audit.link set seq = seq + 1000 where seq > 6")
    attacker.execute("update audit.link set seq = seq - 1001 where seq > 1000")


def slip_one_in(attacker: psycopg.Connection[Any]) -> None:
    attacker.execute("insert into audit.entry (actor_kind, actor_name, kind) values ('system', 'x', 'tests.row.add')")


def change_and_rehash_one(attacker: psycopg.Connection[Any]) -> None:
    update(attacker)
    attacker.execute(
        "update audit.link l set hash = sha256(prev || convert_to(seq::text || ':' || audit.canonical(e), 'UTF8')) "
        "from audit.entry e where e.id = l.entry and seq = 5"
    )


TAMPERS: list[tuple[Tamper, str]] = [
    (update, "bad_hash"),
    (backdate, "bad_hash"),
    (move_to_another_client, "bad_hash"),
    (delete, "missing_sequence"),
    (delete_the_entry_alone, "missing_entry"),
    (delete_the_link_alone, "unsealed"),
    (reorder, "bad_hash"),
    (renumber, "bad_link"),
    (slip_one_in, "unsealed"),
    (change_and_rehash_one, "bad_link"),
]


def kinds(anchors: list[SignedHead] | None = None) -> set[str]:
    return {finding.kind for finding in verify(anchors or []).findings}


def anchored() -> SignedHead:
    head = export_anchor()
    assert head is not None
    return head


def test_an_untouched_chain_is_clean_and_fully_walked(ledger: psycopg.Connection[Any]) -> None:
    report = verify([anchored()])
    assert report.clean, report.findings
    assert (report.checked, report.head, report.anchored_to) == (ROWS, ROWS, ROWS)


@pytest.mark.parametrize(("tamper", "found"), TAMPERS, ids=[tamper.__name__ for tamper, _ in TAMPERS])
def test_what_a_superuser_changes_is_found_without_any_anchor(
    ledger: psycopg.Connection[Any], tamper: Tamper, found: str
) -> None:
    assert kinds() == set()
    tamper(ledger)
    assert found in kinds()


@pytest.mark.parametrize("first", [1, 5, ROWS])
def test_a_chain_written_anew_is_whole_in_itself_and_found_by_its_anchor(
    ledger: psycopg.Connection[Any], first: int
) -> None:
    head = anchored()
    ledger.execute("truncate audit_anchor")
    ledger.execute(RENAME.format(sql.Identifier("kind"), first), ["tests.row.other"])
    ledger.execute(REWRITE_FROM.format(seq=sql.Literal(first)))
    assert kinds() == set(), "this is why anchors leave the machine"
    assert kinds([head]) == {"anchor_mismatch"}


@pytest.mark.parametrize("kept", [0, 4, ROWS - 1])
def test_a_cut_tail_and_an_emptied_table_are_found_by_the_anchor(ledger: psycopg.Connection[Any], kept: int) -> None:
    head = anchored()
    ledger.execute("truncate audit_anchor")
    if kept == 0:
        ledger.execute("truncate audit.entry, audit.link")
    else:
        ledger.execute(DELETE_LINKS.format(kept + 1, ROWS))
    assert kinds() == set()
    assert kinds([head]) == {"truncated"}


def test_cut_and_grown_again_is_found_by_the_anchor(ledger: psycopg.Connection[Any]) -> None:
    head = anchored()
    ledger.execute("truncate audit_anchor; truncate audit.entry, audit.link")
    triggers(ledger, "enable")
    write(ROWS + 3)
    assert kinds() == set()
    assert kinds([head]) == {"anchor_mismatch"}


def test_an_anchor_made_up_to_match_is_not_believed(ledger: psycopg.Connection[Any]) -> None:
    head = anchored()
    update(ledger)
    ledger.execute(REWRITE_FROM.format(seq=sql.Literal(1)))
    new_hash = ledger.execute("select encode(hash, 'hex') from audit.link where seq = %s", [head.seq]).fetchone()
    assert new_hash is not None
    ledger.execute("update audit_anchor set hash = %s", [new_hash[0]])
    assert kinds([replace(head, hash=new_hash[0])]) == {"anchor_forged"}


def test_the_trigger_switched_off_while_others_write_is_found(ledger: psycopg.Connection[Any]) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        audit("tests.row.add", None)
    assert kinds() == {"unsealed"}


def test_from_an_anchor_only_what_came_after_is_walked_and_the_anchor_is_still_held(
    ledger: psycopg.Connection[Any],
) -> None:
    head = anchored()
    triggers(ledger, "enable")
    write(3)
    assert verify([], from_anchor=head).checked == 3
    assert verify([], from_anchor=head).clean
    triggers(ledger, "disable")
    ledger.execute(REWRITE_FROM.format(seq=sql.Literal(1)))
    update(ledger)
    ledger.execute(REWRITE_FROM.format(seq=sql.Literal(1)))
    assert {finding.kind for finding in verify([], from_anchor=head).findings} >= {"anchor_mismatch"}


def test_random_changes_are_all_found(ledger: psycopg.Connection[Any]) -> None:
    seed = random.SystemRandom().randrange(2**32)
    dice = random.Random(seed)
    found = 0
    for _ in range(TRIES):
        column, seq = sql.Identifier(dice.choice(COLUMNS)), dice.randint(1, ROWS)
        before = ledger.execute(NAME.format(column, seq)).fetchone()
        assert before is not None
        ledger.execute(RENAME.format(column, seq), [f"{before[0] or ''}{dice.choice('xyz')}"])
        found += {(finding.kind, finding.seq) for finding in verify([]).findings} == {("bad_hash", seq)}
        ledger.execute(RENAME.format(column, seq), [before[0]])
    print(f"A22 random changes: {TRIES} made, {found} found, seed {seed}")
    assert found == TRIES, f"seed {seed}"
    assert kinds() == set()


def test_what_can_not_be_audited_does_not_happen_and_reveals_nothing(ledger: psycopg.Connection[Any]) -> None:
    olga = make_person("Olga Owner", Role.OWNER)
    ledger.execute("alter table audit.entry add constraint no_more check (false) not valid")
    expires = timezone.now() + timedelta(days=1)
    with scoped(scope_for(olga)), pytest.raises(DatabaseError):
        token_mint(actor=actor_for(olga), name="CI", permissions=["people.view"], clients=None, expires_at=expires)
    assert not ApiToken.objects.exists()


def test_a_link_that_can_not_be_made_undoes_the_whole_transaction_at_its_end(ledger: psycopg.Connection[Any]) -> None:
    olga = make_person("Olga Owner", Role.OWNER)
    triggers(ledger, "enable")
    ledger.execute("alter table audit.link add constraint no_more check (false) not valid")
    with scoped(scope_for(olga)), pytest.raises(DatabaseError):
        profile_set(actor=actor_for(olga), name="Other", language="en", timezone_name="UTC")
    olga.refresh_from_db()
    assert olga.name == "Olga Owner"
