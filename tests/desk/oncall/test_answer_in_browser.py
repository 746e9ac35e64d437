# SPDX-License-Identifier: Apache-2.0
"""The link of a message on a phone, in the light and in the dark, in a browser that keeps every rule of its own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from steward.core.identity.public import User
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.oncall import links
from steward.desk.oncall.models import EscalationPolicy, Page
from tests.architecture.checks.findings import assert_none
from tests.desk.oncall.conftest import OpenPage, again
from tests.fixtures.browser import PHONE, Tab, barriers, ready

pytestmark = pytest.mark.browser
OpenAs = Callable[..., Tab]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_somebody_with_a_phone_at_night_acknowledges(
    open_as: OpenAs, policy: EscalationPolicy, open_page: OpenPage, tess: User, theme: str
) -> None:
    page = open_page("birch-rtr-01 has been silent since 02:03")
    with scoped(system_scope("tests")), transaction.atomic():
        path = "/" + links.link_for(page, tess).split("/", 3)[3]
    tab = open_as(None, path, viewport=PHONE, theme=theme)
    sent: list[str] = []
    tab.page.on("request", lambda request: sent.append(request.headers.get("referer", "")))
    findings = looked_at(tab, "before", theme)
    tab.page.click("button.btn-primary")
    tab.page.wait_for_selector("[role=status]")
    ready(tab.page)
    findings += looked_at(tab, "after", theme)
    assert_none(findings)
    assert again(page).state == Page.State.ACKNOWLEDGED
    assert sent
    assert not [each for each in sent if path.split("/")[3] in each], "the key travels in no Referer"
    assert tab.page.context.cookies() == []


def looked_at(tab: Tab, name: str, theme: str) -> list[str]:
    """What is wrong with the page as it stands."""
    over = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    folder = os.environ.get("STEWARD_PICTURES")
    if folder:
        tab.page.screenshot(path=str(Path(folder) / f"answer-{name}-{theme}.png"), full_page=True)
    return [*tab.complaints, *barriers(tab.page), *([f"{over} px too wide"] if over > 0 else [])]
