# SPDX-License-Identifier: Apache-2.0
"""The supervisor's process: supervisord, tied to `steward up`, and named to its children as the one they follow."""

import os
import signal
import sys

from supervisor import supervisord

from steward.cli.supervision import lifeline

UP = "STEWARD_UP_PID"


def main() -> None:
    """Run supervisord in the foreground with the configuration named on the command line."""
    lifeline.follow(int(os.environ.pop(UP)), signal.SIGTERM)
    os.environ[lifeline.SUPERVISOR] = str(os.getpid())
    supervisord.main(["-c", sys.argv[1]])


if __name__ == "__main__":
    main()
