# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest

from steward.settings.env import get_settings
from tests.core.notify.mail_server import Handler, start


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator lists loopback, where the services of these tests are."""
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1"])


@pytest.fixture
def mail() -> Iterator[Handler]:
    """A server that takes everything, known to the settings."""
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()
