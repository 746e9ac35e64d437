# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: the environment, Django, and the fixtures of `tests/fixtures`."""

import os
from importlib.util import find_spec

import django
import pytest

from tests.fixtures import ledger as ledger_fixtures

os.environ["DJANGO_SETTINGS_MODULE"] = "steward.settings.django"
ledger_fixtures.choose_data_dir()
django.setup()

PLUGINS = ("ledger", "actors", "browser", "store", "worker")
pytest_plugins = [f"tests.fixtures.{name}" for name in PLUGINS if find_spec(f"tests.fixtures.{name}") is not None]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        ledger_fixtures.start_for_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        ledger_fixtures.stop_for_run()
