# SPDX-License-Identifier: Apache-2.0
"""The bell in Chromium: it counts anew when the event stream says so, and asks nothing before."""

import json

import pytest
from playwright.sync_api import Request, Route

from steward.core.identity.public import User
from steward.core.notify.models import InboxItem
from steward.core.ui.bell import inbox_topic
from tests.fixtures.browser import OpenAs

pytestmark = pytest.mark.browser


def test_the_bell_counts_when_it_is_told_and_does_not_poll(open_as: OpenAs, web: str, tess: User) -> None:
    tab = open_as(tess, "/account/")
    assert tab.page.get_attribute("#bell", "aria-label") == "Inbox, nothing unread"
    asked: list[str] = []
    heard: list[str] = []

    def watch(request: Request) -> None:
        if request.url.endswith("/inbox/bell/"):
            asked.append(request.url)

    def stream(route: Route) -> None:
        # What the live process says, and with which headers; the process itself is tested in test_live.py.
        heard.append(route.request.url)
        told = json.dumps({"topic": inbox_topic(tess.uid)})
        headers = {
            "content-type": "text/event-stream",
            "access-control-allow-origin": web,
            "access-control-allow-credentials": "true",
        }
        route.fulfill(headers=headers, body=f"event: open\ndata: {{}}\n\nevent: change\ndata: {told}\n\n")

    tab.page.on("request", watch)
    InboxItem.objects.create(person=tess, kind="operations.ended", params={"operation": "x", "state": "done"})
    tab.page.wait_for_timeout(1500)
    assert asked == []
    tab.page.route("**/events?*", stream)
    tab.page.reload()
    InboxItem.objects.create(person=tess, kind="operations.ended", params={"operation": "x", "state": "done"})
    tab.page.wait_for_selector('#bell[aria-label="Inbox, 2 unread"]', timeout=20_000)
    assert asked
    assert inbox_topic(tess.uid) in heard[0].replace("%2A", "*")
    assert tab.page.locator("#bell").count() == 1
    tab.page.click("#bell")
    tab.page.wait_for_selector("tr.new")
    assert tab.page.locator("tr.new").count() == 2
