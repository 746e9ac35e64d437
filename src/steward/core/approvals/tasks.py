# SPDX-License-Identifier: Apache-2.0
from steward.core.approvals.actions import expire_due
from steward.core.jobs.public import periodic


@periodic("* * * * *", name="approvals.expire")
def expire() -> None:
    """Close questions whose time is over: silence is not consent."""
    expire_due()
