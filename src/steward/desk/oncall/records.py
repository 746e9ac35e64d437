# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.desk.oncall.kinds import title_of
from steward.desk.oncall.models import Page


def page_url(page: Page) -> str:
    """A page's own page."""
    return reverse("oncall.page_record", args=[page.number])


def page_title(page: Page) -> str:
    """What happened, and to whom."""
    return f"{title_of(page.kind, page.params)} ({page.client.name})"


register_record(
    "oncall.page", model="oncall.Page", url=page_url, title=page_title, permission="oncall.view", label=_("Page")
)
