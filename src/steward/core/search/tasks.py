# SPDX-License-Identifier: Apache-2.0
from steward.core.jobs.public import job
from steward.core.search.documents import rebuild


@job(name="search.rebuild")
def rebuild_kind(*, kind: str) -> None:
    """Build the index of one kind anew."""
    rebuild(kind)
