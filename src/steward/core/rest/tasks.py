# SPDX-License-Identifier: Apache-2.0
from steward.core.jobs.public import periodic
from steward.core.rest.idempotency import forget_old


@periodic("17 * * * *", name="rest.forget_old_keys")
def forget_old_keys() -> None:
    """Delete the answers that were kept for a day."""
    forget_old()
