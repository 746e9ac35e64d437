# SPDX-License-Identifier: Apache-2.0
"""Looking with one check, as an agent or a server does."""

from collections.abc import Callable
from typing import Any

import pytest
from steward_agent.checks.observation import Observation
from steward_agent.checks.place import Place
from steward_agent.checks.registry import checks

from tests.agent.checks.certificates import Authority, authority

Ask = Callable[..., Observation]


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def ask() -> Ask:
    """`ask("http", url=…)`: one look from a place that may go anywhere, or from `place`."""

    def run(slug: str, *, place: Place | None = None, timeout: float = 5.0, **given: Any) -> Observation:
        check = checks()[slug]
        return check.observe(check.config(given), place or Place(), timeout)

    return run
