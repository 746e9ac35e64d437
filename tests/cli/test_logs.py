# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
import sys

import pytest

from steward.cli.logs import BLANK, without_secrets

LOGS = """
import logging, structlog
from steward.cli import logs
logs.configure("info")
structlog.get_logger("steward.test").info("signed_in", user=7, password="canary-1", headers={"Authorization": "canary-2"})
logging.getLogger("library").warning("connecting to %s", "postgresql://steward_app:canary-3@/steward")
logging.getLogger("library").warning("sent Authorization: Bearer canary-4")
try:
    raise ValueError("token=canary-5 was refused")
except ValueError:
    structlog.get_logger("steward.test").exception("failed")
structlog.get_logger("steward.test").debug("not shown")
"""


def test_a_line_is_one_json_object_and_no_secret_is_in_it() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "warning", "error"]
    assert lines[0]["event"] == "signed_in"
    assert lines[0]["user"] == 7
    assert "ValueError" in lines[3]["exception"]
    assert "canary" not in done.stderr


@pytest.mark.parametrize(
    "name", ["password", "one_time_password", "api_key", "Authorization", "csrf_token", "set-cookie", "otp"]
)
def test_what_is_secret_by_its_name_is_blank(name: str) -> None:
    assert without_secrets(None, "info", {"event": "x", name: "canary"})[name] == BLANK


def test_figures_about_secrets_are_kept() -> None:
    assert without_secrets(None, "info", {"event": "x", "tokens": 3})["tokens"] == 3
