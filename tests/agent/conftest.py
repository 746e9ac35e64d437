# SPDX-License-Identifier: Apache-2.0
"""An enrolled state directory and a gateway for tests that talk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from steward_agent.enrolling import enrol
from steward_agent.identity import Enrolment
from steward_agent.state import StateDir

from tests.agent.memory_gateway import TOKEN, MemoryGateway, memory_gateway


@pytest.fixture
def gateway() -> Iterator[MemoryGateway]:
    with memory_gateway() as made:
        yield made


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    return StateDir(tmp_path / "agent")


@pytest.fixture
def enrolment(gateway: MemoryGateway, state: StateDir) -> Enrolment:
    return enrol(state, gateway.url, TOKEN)
