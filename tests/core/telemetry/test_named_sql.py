# SPDX-License-Identifier: Apache-2.0
import pytest

from steward.core.telemetry.named_sql import BadSQL, own_statements, parse, refuse_unscoped, room_statements, scoped_sql

GOOD = """-- SPDX-License-Identifier: Apache-2.0

-- name: first
-- What it answers.
SELECT 1
WHERE client IN {clients:Array(UInt32)};

-- name: second_2
-- Another one.
-- with a comment of its own
SELECT 2;
"""


def test_statements_have_a_name_a_line_and_a_body() -> None:
    found = parse(GOOD, "here")
    assert list(found) == ["first", "second_2"]
    assert found["first"].description == "What it answers."
    assert found["first"].sql == "SELECT 1\nWHERE client IN {clients:Array(UInt32)}"
    assert found["first"].scoped
    assert not found["second_2"].scoped
    assert found["second_2"].sql.startswith("-- with a comment")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("-- name: A-b\n-- x\nselect 1;", "A-b"),
        ("-- name:\n-- x\nselect 1;", "''"),
        ("-- name: a\n-- x\nselect 1;\n-- name: a\n-- x\nselect 2;", "twice"),
        ("-- name: a\nselect 1;", "one line"),
        ("-- name: a\n--\nselect 1;", "one line"),
        ("-- name: a\n-- x\n", "no statement"),
        ("-- name: a\n-- x\n;", "no statement"),
    ],
)
def test_a_file_that_cannot_be_taken_names_itself_and_the_statement(text: str, named: str) -> None:
    with pytest.raises(BadSQL, match="here: .*" + named):
        parse(text, "here")


@pytest.mark.parametrize(
    "sql", ["select {asset:UInt32}", "select x where sid in {sids:Array(UInt32)} and client in {client:Array(UInt32)}"]
)
def test_a_telemetry_statement_that_forgets_the_clients_is_refused(sql: str) -> None:
    statements = parse(f"-- name: a\n-- x\n{sql};", "here")
    with pytest.raises(BadSQL, match="here: a must be filtered"):
        refuse_unscoped(statements, "here")


def test_statements_for_the_ledger_are_left_alone_but_not_run_here() -> None:
    refuse_unscoped(parse("-- name: a\n-- x\nselect '{}'::jsonb from b where c = %(c)s;", "here"), "here")
    ledger_ones = [name for name, each in room_statements().items() if not each.scoped]
    assert ledger_ones
    for name in ledger_ones:
        with pytest.raises(BadSQL, match="must be filtered"):
            scoped_sql(name)


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    with pytest.raises(BadSQL, match=r"telemetry\.nope"):
        scoped_sql("telemetry.nope")


def test_every_statement_of_this_room_for_others_takes_the_clients() -> None:
    ours = {name: each for name, each in room_statements().items() if name.startswith("telemetry.")}
    assert len(ours) >= 6
    assert all(each.scoped for each in ours.values())
    assert all(each.description.endswith(".") for each in [*ours.values(), *own_statements().values()])
