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
REQUESTS = """
import logging
from django.conf import settings
settings.configure(DEFAULT_CHARSET="utf-8")
from django.core.handlers.wsgi import WSGIRequest
from io import BytesIO
from steward.cli import logs
logs.configure("debug")
path = "/accounts/password/reset/key/3-d1t9a0-canary00f1/"
request = WSGIRequest({"REQUEST_METHOD": "POST", "PATH_INFO": path, "wsgi.input": BytesIO()})
logging.getLogger("django.request").warning("Not Found: %s", path, extra={"status_code": 404, "request": request})
logging.getLogger("django.template").debug("while resolving %s in %s", "x", {"codes": ["canary"]})
"""


def test_a_line_is_one_json_object_and_no_secret_is_in_it() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "warning", "error"]
    assert lines[0]["event"] == "signed_in"
    assert lines[0]["user"] == 7
    assert "ValueError" in lines[3]["exception"]
    assert "canary" not in done.stderr


def test_what_django_logs_of_a_request_and_a_page_holds_no_secret_at_any_level() -> None:
    done = subprocess.run([sys.executable, "-c", REQUESTS], capture_output=True, text=True, check=True)
    assert "canary" not in done.stderr
    [line] = (json.loads(each) for each in done.stderr.splitlines())
    assert line["request"] == f"<WSGIRequest: POST '/accounts/password/reset/key/{BLANK}/'>"


@pytest.mark.parametrize(
    "name", ["password", "one_time_password", "api_key", "Authorization", "csrf_token", "set-cookie", "otp"]
)
def test_what_is_secret_by_its_name_is_blank(name: str) -> None:
    assert without_secrets(None, "info", {"event": "x", name: "canary"})[name] == BLANK


def test_figures_about_secrets_are_kept() -> None:
    assert without_secrets(None, "info", {"event": "x", "tokens": 3})["tokens"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://steward_app:ab,canary;x/y@db.example/steward is away",
        'the body was {"password": "canary"}',
        "Forbidden (CSRF cookie not set.): /accounts/password/reset/key/3-d1t9a0-canary00f1/",
        "Cookie: steward_session=canary; path=/",
        "who is stw_canary_canary-9?",
        "no such token sten_canary_canary-9",
        "null value in column\nDETAIL:  Failing row contains (7, canary,\nsecond line, canary).\n",
    ],
)
def test_what_looks_like_a_secret_within_a_text_is_hidden(text: str) -> None:
    shown = str(without_secrets(None, "info", {"event": text})["event"])
    assert "canary" not in shown
    assert BLANK in shown


def test_addresses_without_a_password_stay_as_they_are() -> None:
    text = "http://localhost:8080/assets/A-17/ answered 200"
    assert without_secrets(None, "info", {"event": text})["event"] == text
