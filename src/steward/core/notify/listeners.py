# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from steward.core.events.public import emit, on
from steward.core.notify.events import NobodyReached, UrgentMailFailed
from steward.core.notify.models import Notice
from steward.core.notify.sending import also_tell_fallback
from steward.core.tenancy.public import current_scope, scoped, system_scope


@on(UrgentMailFailed)
def another_way(event: UrgentMailFailed) -> None:
    """When the first try of an urgent mail fails, the fallback channels are told; with none of them, somebody has to be."""
    with scoped(replace(system_scope("notify"), actor=current_scope().actor)):
        notice = Notice.objects.get(uid=event.notice)
        if not also_tell_fallback(notice):
            emit(NobodyReached(notice.uid, notice.kind))
