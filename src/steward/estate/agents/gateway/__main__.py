# SPDX-License-Identifier: Apache-2.0
"""`python -m steward.estate.agents.gateway`: one gateway, until it is told to end."""

import argparse
import os

from steward.settings.set_up import set_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
# Models are imported below; they need Django's registry first.
set_up()

from steward.estate.agents.gateway.process import run  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Takes telemetry in from agents.")
    parser.add_argument("--port", type=int, default=None, help="0 for a free one; by default STEWARD_PORT + 2")
    parser.add_argument("--unlimited", action="store_true", help="no shares per client; for measuring")
    given = parser.parse_args()
    run(port=given.port, unlimited=given.unlimited)
