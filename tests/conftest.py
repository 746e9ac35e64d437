# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: the environment, Django, and the fixtures of `tests/fixtures`."""

import os
from importlib.util import find_spec
from pathlib import Path

import django
import pytest
from django.db import connection

from tests import environment

os.environ["DJANGO_SETTINGS_MODULE"] = "steward.settings.django"
environment.choose_data_dir()
django.setup()

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
    "web/test_looks.py",
    "attacks/test_a4_roles.py",
    "attacks/test_a3_crossing_clients.py",
    "core/ui/test_kit_in_browser.py",
    "attacks/test_a16_cross_site.py",
    "core/jobs/test_worker.py",
    "web/test_words.py",
    "business/reports/test_reports.py",
    "faults/test_f4_worker_killed.py",
    "core/operations/test_operations.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A module's tests go to one process, which makes what they share once: a browser, a server, a database of their own."""
    if not getattr(config.option, "loadgroup", False):  # what the processes of a run are told of --dist
        return
    here = Path(__file__).parent
    turns = {here / name: turn for turn, name in enumerate(LONGEST)}
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(here).as_posix()))
    items.sort(key=lambda item: turns.get(item.path, len(turns)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test before may have ended every connection to the database, as an operator would: then this one begins anew."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        environment.stop_for_run()
