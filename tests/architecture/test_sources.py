# SPDX-License-Identifier: Apache-2.0
"""The checks of the sources hold on this tree, and each turns red on a tree that is broken on purpose."""

import configparser
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from steward.settings.rooms import ROOMS
from tests.architecture.checks import choices, doors, files, sql
from tests.architecture.checks.findings import assert_none
from tests.architecture.checks.mirrors import ROWLESS
from tests.architecture.checks.sources import ROOT, Source, sources

ROOM_NAMES = {room for room in ROOMS if room != "steward.web"} | set(ROWLESS)


# Read when a test asks, not by every process that looks for tests.
@cache
def server() -> list[Source]:
    return list(sources(ROOT / "src"))


@cache
def agent() -> list[Source]:
    return list(sources(ROOT / "agent" / "src"))


@cache
def trials() -> list[Source]:
    return list(sources(ROOT / "tests"))


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def test_rooms_are_entered_by_their_doors() -> None:
    assert_none(doors.side_entrances(server(), ROOM_NAMES))


def test_no_module_is_longer_than_one_can_read() -> None:
    assert_none(files.too_long([*server(), *agent()]))
    assert_none(files.too_long(trials(), files.MAX_TEST_LINES))


def test_no_file_is_a_drawer() -> None:
    assert_none(files.drawers([*server(), *agent(), *trials()]))


def test_every_source_names_its_licence() -> None:
    assert_none(files.unmarked(tracked("src", "agent", "tests", "bench")))


def test_every_room_says_what_it_is() -> None:
    assert_none(files.undescribed_rooms(server(), ROOM_NAMES))


def test_no_sql_is_glued() -> None:
    assert_none(sql.glued_sql([*server(), *agent()]))


def test_every_named_query_is_described() -> None:
    assert_none(sql.undescribed_queries(tracked("src/**/*.sql")))


def test_no_dangerous_choice_has_a_default() -> None:
    assert_none(choices.defaulted_dangers([*server(), *agent()]))


def test_money_is_never_a_float() -> None:
    assert_none(choices.floating_money(server()))


def test_no_test_sleeps_and_hopes() -> None:
    assert_none(choices.hopeful_sleeps(trials()))


def test_the_list_of_rooms_is_the_order_of_the_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    ordered = [
        f"{contract['containers'][0]}.{layer.strip('()')}"
        for contract in contracts
        if contract["type"] == "layers" and contract["containers"] != ["steward"]
        for layer in reversed(contract["layers"])
    ]
    assert [room for room in ordered if room not in ROWLESS] == [room for room in ROOMS if room != "steward.web"]


def test_imports_go_down_the_stairs() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


BREAKS: list[tuple[str, str, Callable[[list[Source]], list[str]]]] = [
    (
        "steward/estate/clients/actions.py",
        "from steward.core.audit.models import Entry\n",
        lambda found: doors.side_entrances(found, ROOM_NAMES),
    ),
    (
        "steward/cli/up.py",
        "import steward.estate.agents.models\n",
        lambda found: doors.side_entrances(found, ROOM_NAMES),
    ),
    ("steward/core/audit/long.py", "x = 1\n" * 501, files.too_long),
    ("steward/core/audit/utils.py", "", files.drawers),
    (
        "steward/core/audit/__init__.py",
        "from os import path\n",
        lambda found: files.undescribed_rooms(found, ROOM_NAMES),
    ),
    ("steward/core/audit/a.py", "def f(c, t):\n    c.execute(f'select 1 from {t}')\n", sql.glued_sql),
    ("steward/core/audit/b.py", "def f(c, t):\n    c.execute('delete from %s' % t)\n", sql.glued_sql),
    ("steward/core/audit/c.py", "def f(c, t):\n    c.execute('select a from ' + t)\n", sql.glued_sql),
    ("steward/core/audit/d.py", "def f(c, t):\n    c.execute('update {} set a=1'.format(t))\n", sql.glued_sql),
    ("steward/core/audit/e.py", "def send(*, notify_client=False): ...\n", choices.defaulted_dangers),
    ("steward/core/audit/f.py", "def send(for_admin): ...\n", choices.defaulted_dangers),
    ("steward/core/audit/g.py", "class P:\n    unit_price = models.FloatField()\n", choices.floating_money),
    ("tests/test_h.py", "import time\ndef test_it():\n    time.sleep(3)\n", choices.hopeful_sleeps),
]


@pytest.mark.parametrize(
    ("name", "text", "check"), BREAKS, ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(BREAKS)]
)
def test_a_deliberate_break_is_found(
    tmp_path: Path, name: str, text: str, check: Callable[[list[Source]], list[str]]
) -> None:
    broken = tmp_path / name
    broken.parent.mkdir(parents=True)
    broken.write_text(text)
    assert check(list(sources(tmp_path)))


def test_a_missing_licence_and_an_undescribed_query_are_found(tmp_path: Path) -> None:
    module, queries = tmp_path / "a.py", tmp_path / "queries.sql"
    module.write_text("x = 1\n")
    queries.write_text("-- name: cpu\nselect 1\n")
    assert files.unmarked([module])
    assert sql.undescribed_queries([queries])


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("core/tenancy/scope.py", "import steward.estate.clients.public\n"),
        ("core/crypto/keyring.py", "import steward.core.audit.public\n"),
        ("estate/clients/actions.py", "import steward.estate.assets.public\n"),
        ("settings/env.py", "import steward.core.crypto.public\n"),
    ],
)
def test_an_import_up_the_stairs_turns_the_contracts_red(tmp_path: Path, module: str, text: str) -> None:
    """The real contracts, on a house of empty rooms with one step in the wrong direction."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    names = {"steward.cli", "steward.web", "steward.settings", *ROWLESS, *ROOMS}
    for name in sorted(names):
        folder = tmp_path.joinpath(*name.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        for part in (folder, *folder.relative_to(tmp_path).parents):
            (tmp_path / part / "__init__.py").touch()
        (folder / "public.py").touch()
    (tmp_path / "__init__.py").unlink()
    target = tmp_path / "steward" / module
    target.write_text(text)
    config = configparser.ConfigParser()
    config["importlinter"] = {"root_package": "steward"}
    for number, contract in enumerate(each for each in contracts if each["type"] == "layers"):
        config[f"importlinter:contract:{number}"] = {
            "name": contract["name"],
            "type": "layers",
            "containers": "\n" + "\n".join(contract["containers"]),
            "layers": "\n" + "\n".join(contract["layers"]),
            "exhaustive": "true",
        }
    with (tmp_path / "contracts.ini").open("w") as handle:
        config.write(handle)
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "contracts.ini", "--no-cache"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).returncode == 1
    target.write_text("")
    clean = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert clean.returncode == 0, clean.stdout
