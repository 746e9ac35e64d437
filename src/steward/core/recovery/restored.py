# SPDX-License-Identifier: Apache-2.0
"""The first start after a restore. What was ended since the backup would go on again: a stolen session that somebody ended, too."""

import json
from pathlib import Path

from django.db import transaction

from steward.core.audit.public import audit
from steward.core.identity.public import end_all_sessions
from steward.core.recovery.restoring import RESTORED


def settle_restored(data_dir: Path) -> None:
    """Have everybody sign in anew, and the audit tell of the restore, if there was one. Killed before it is committed, it is done again."""
    mark = data_dir / RESTORED
    if not mark.exists():
        return
    said = json.loads(mark.read_text(encoding="utf-8"))
    audit("recovery.restore.done", None, backup=said["backup"], at=said["at"], sessions=end_all_sessions())
    transaction.on_commit(mark.unlink)
