# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest

from steward.settings.env import get_settings
from tests.core.webhooks.receiver import Receiver


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Another system, which the operator allows."""
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1"])
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()
