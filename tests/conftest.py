# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: the environment, Django, and the fixtures of `tests/fixtures`."""

import os
from importlib.util import find_spec

import django
import pytest

from tests import environment

os.environ["DJANGO_SETTINGS_MODULE"] = "steward.settings.django"
environment.choose_data_dir()
django.setup()

PLUGINS = ("ledger", "actors", "browser", "store", "worker", "gateway")
pytest_plugins = [f"tests.fixtures.{name}" for name in PLUGINS if find_spec(f"tests.fixtures.{name}") is not None]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        environment.start_for_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        environment.stop_for_run()
