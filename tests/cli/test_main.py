# SPDX-License-Identifier: Apache-2.0
import pytest

from steward import __version__
from steward.cli.main import COMMANDS
from tests.cli.conftest import Run, SaidHere


def test_without_a_word_it_says_what_it_can_do(steward: Run) -> None:
    done = steward()
    assert done.returncode == 0
    for name, command in COMMANDS.items():
        assert (f"  {name} " in done.stdout) is not command.hidden


def test_it_names_its_version(steward: Run) -> None:
    assert steward("--version").stdout == f"steward {__version__}\n"


@pytest.mark.parametrize(("typed", "meant"), [("pu", "up"), ("migrat", "migrate"), ("docter", "doctor")])
def test_a_mistyped_command_is_refused_with_the_nearest_one(steward: Run, typed: str, meant: str) -> None:
    done = steward(typed)
    assert done.returncode == 2
    assert done.stderr == f"steward: there is no command '{typed}': did you mean `steward {meant}`?\n"


def test_a_bad_variable_is_named_with_what_is_wrong(steward: Run) -> None:
    done = steward("doctor", STEWARD_PORT="eighty")
    assert done.returncode == 2
    assert done.stderr.startswith("steward: STEWARD_PORT: Input should be a valid integer")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"agent", "first-start"}))
def test_every_command_explains_itself(said_here: SaidHere, name: str) -> None:
    done = said_here(name, "--help")
    assert done.returncode == 0, done.stderr
    assert f"Usage: steward {name}" in done.stdout
