# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: the environment, Django, and the fixtures of `tests/fixtures`."""

import os
from collections.abc import Generator
from importlib.util import find_spec
from typing import Any

import pytest
from django.db import connection
from xdist.scheduler import LoadFileScheduling

from steward.settings.set_up import collector_resting, set_up
from tests import environment

os.environ["DJANGO_SETTINGS_MODULE"] = "steward.settings.django"
environment.choose_data_dir()
set_up()

# Imports models, which Django's registry must know first.
from tests.fixtures.cookies import teach_test_browsers  # noqa: E402
from tests.fixtures.static_files import look_once  # noqa: E402

teach_test_browsers()
look_once()

PLUGINS = ("ledger", "actors", "browser", "store", "worker", "gateway", "live", "watching")
pytest_plugins = [f"tests.fixtures.{name}" for name in PLUGINS if find_spec(f"tests.fixtures.{name}") is not None]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        environment.start_for_run()


# What takes longest begins first, so that no test of minutes is left when the others are done.
LONGEST = (
    "tests/web/test_looks.py",
    "tests/attacks/test_a4_roles.py",
    "tests/attacks/test_a3_crossing_clients.py",
    "tests/core/ui/test_kit_in_browser.py",
    "tests/attacks/test_a16_cross_site.py",
    "tests/core/jobs/test_worker.py",
    "tests/web/test_words.py",
    "tests/business/reports/test_reports.py",
    "tests/faults/test_f4_worker_killed.py",
    "tests/core/operations/test_operations.py",
)
# What works on the same files goes to one process, one module after the other.
TOGETHER = dict.fromkeys(("tests/cli/test_backup_command.py", "tests/core/recovery/test_plan_and_runs.py"), "recovery")


class ByModule(LoadFileScheduling):
    """A module's tests go to one process, which makes what they share once: a browser, a server, a database of their own."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", 1)[0]
        return TOGETHER.get(module, module)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule | None:
    return ByModule(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """The tests stay until the end; that the collector goes through them again and again would take a fifth of the run."""
    with collector_resting():
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turns = {name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(item.nodeid.split("::", 1)[0], len(turns)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test before may have ended every connection to the database, as an operator would: then this one begins anew."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        environment.stop_for_run()
