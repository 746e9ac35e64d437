# SPDX-License-Identifier: Apache-2.0
"""Every part that pages are made of, in every state."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.registry import Kind, page
from steward.core.ui.request import Request
from steward.core.ui.specimens import Specimens, specimens


@page("kit/", permission="ui.kit_view", kind=Kind.REPORT, title=gettext_lazy("Kit"), template="ui/kit.html")
def kit(request: Request) -> Specimens:
    """What pages may use; a part that is not here is built here first."""
    return specimens(_("Kit"))
