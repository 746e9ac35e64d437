# SPDX-License-Identifier: Apache-2.0
"""The supervisor's process: supervisord, tied to `steward up`, and named to its children as the one they follow."""

import io
import os
import signal
import sys
from contextlib import suppress

from supervisor import supervisord

from steward.cli.supervision import lifeline

UP = "STEWARD_UP_PID"


class Complaints(io.TextIOBase):
    """Standard error where the disk may be full: what can't be written is let go.

    supervisord prints there what it could not write into a log, and a second refusal in a row would end it."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            os.write(2, text.encode(errors="backslashreplace"))
        return len(text)


def main() -> None:
    """Run supervisord in the foreground with the configuration named on the command line."""
    sys.stderr = Complaints()
    lifeline.follow(int(os.environ.pop(UP)), signal.SIGTERM)
    os.environ[lifeline.SUPERVISOR] = str(os.getpid())
    supervisord.main(["-c", sys.argv[1]])


if __name__ == "__main__":
    main()
