# SPDX-License-Identifier: Apache-2.0
"""What time it is, by the one clock that all processes share."""

from datetime import datetime

from steward.core.records.public import Statements

statements = Statements("steward.watch.alerts")


def db_now() -> datetime:
    """The database's clock, which decides."""
    found: datetime = statements.rows("now")[0]["now"]
    return found
