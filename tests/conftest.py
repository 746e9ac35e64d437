# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: the environment, Django, and the fixtures of `tests/fixtures`."""

import os
from importlib.util import find_spec

import django
import pytest
from django.db import connection

from tests import environment

os.environ["DJANGO_SETTINGS_MODULE"] = "steward.settings.django"
environment.choose_data_dir()
django.setup()

# Imports models, which Django's registry must know first.
from tests.fixtures.cookies import teach_test_browsers  # noqa: E402

teach_test_browsers()

PLUGINS = ("ledger", "actors", "browser", "store", "worker", "gateway", "live", "watching")
pytest_plugins = [f"tests.fixtures.{name}" for name in PLUGINS if find_spec(f"tests.fixtures.{name}") is not None]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        environment.start_for_run()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test before may have ended every connection to the database, as an operator would: then this one begins anew."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        environment.stop_for_run()
