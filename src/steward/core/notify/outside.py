# SPDX-License-Identifier: Apache-2.0
"""Telling an outside service, in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Final

from steward.core.notify.answers import Answer, Outcome, answer, own_answer
from steward.settings.env import get_settings

TIMEOUT: Final = 20.0  # seconds for all of it
PROGRAM: Final = "steward.core.notify.apprise_send"
PASSED_ON: Final = (
    "PATH",
    "PYTHONPATH",
    "LANG",
    "LC_ALL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


def tell(url: str, *, title: str, body: str, timeout: float = TIMEOUT) -> Answer:
    """Hand a message to the service at an Apprise address. Whatever happens is an answer."""
    return _ask({"url": url, "title": title, "body": body, "allow": get_settings().outward_allow}, timeout)


def look_at(url: str, timeout: float = TIMEOUT) -> Answer:
    """Whether the address makes sense; nothing is sent."""
    return _ask({"url": url}, timeout)


def _ask(request: dict[str, str | list[str]], timeout: float) -> Answer:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", PROGRAM],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=timeout,
            env=environment,
            check=False,
        )
        said = json.loads(done.stdout)
        if "inner" in said:
            return own_answer(Outcome(said["outcome"]), "inner_address", address=said["inner"])
        return answer(Outcome(said["outcome"]), said["text"])
    except subprocess.TimeoutExpired:
        return own_answer(Outcome.LATER, "service_silent", seconds=f"{timeout:.0f}")
    except (ValueError, KeyError):
        return own_answer(Outcome.LATER, "service_broken", what=str(done.returncode))
