# SPDX-License-Identifier: Apache-2.0
"""The first day, against the real processes: a fresh data directory, `steward up`, a first account that gets its second factor
and a passkey, this host's processor moving on a chart, and a gateway that dies and is caught up with."""

import base64
import hashlib
import hmac
import re
import struct
import time
import xmlrpc.client
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.fixtures.browser import WIDE, ready
from tests.fixtures.house import House, house
from tests.waiting import bar, eventually, pass_time

OWN_PASSWORD = "a quiet steward keeps promises"
OUTAGE_SECONDS = 90
NOT_RUNNING = 70  # supervisor's

pytestmark = [pytest.mark.browser, pytest.mark.alone]


@pytest.fixture(scope="module")
def steward() -> Iterator[House]:
    with house() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def page(steward: House, chromium: Browser) -> Page:
    context = chromium.new_context(base_url=f"http://localhost:{steward.settings.port}", viewport=WIDE, locale="en")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    return page


def totp(secret: str, at: float) -> str:
    """RFC 6238, six digits, SHA-1, 30 seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_the_owner_signs_in_and_gets_a_second_factor_before_anything_else(steward: House, page: Page) -> None:
    email, password = (steward.settings.data_dir / "first-password").read_text().split()
    page.goto("/clients/")
    page.fill("input[name=login]", email)
    page.fill("input[type=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=oldpassword]")
    page.goto("/clients/")
    assert page.url.endswith("/accounts/password/change/"), "nothing else is reached with the given password"
    page.fill("input[name=oldpassword]", password)
    page.fill("input[name=password1]", OWN_PASSWORD)
    page.fill("input[name=password2]", OWN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/2fa/**")
    page.goto("/clients/")
    assert "/accounts/2fa/" in page.url, "nothing else is reached without a second factor"

    page.goto("/accounts/2fa/totp/activate/")
    found = re.search(r"\b[A-Z2-7]{32}\b", page.content())
    assert found
    page.fill("input[name=code]", totp(found[0], time.time()))
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Recovery codes")
    codes = re.findall(r"\b\d{8}\b", page.inner_text("main"))
    assert len(codes) == 10
    page.goto("/clients/")
    ready(page)
    assert page.locator("a", has_text="Home").count() >= 1


def test_a_passkey_is_added_and_signs_in_alone(page: Page) -> None:
    page.goto("/accounts/2fa/passkeys/add/")
    if "/reauthenticate/" in page.url:
        page.fill("input[type=password]", OWN_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/passkeys/add/**")
    page.fill("input[name=name]", "Test key")
    page.click("[data-passkey-do=create]")
    page.wait_for_selector("text=1 passkey is set up")
    page.goto("/accounts/logout/")
    page.click("main button[type=submit], form button[type=submit]")
    page.goto("/accounts/login/")
    page.click("[data-passkey-do=get]")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto("/accounts/2fa/passkeys/")
    page.wait_for_selector("text=Test key")


def shown(page: Page) -> dict[str, object]:
    """The processor chart's data, as the page itself asks for it."""
    source = page.locator("[data-src*='/metrics/']").first.get_attribute("data-src")
    answer = page.evaluate("async (url) => (await fetch(url)).json()", source)
    return dict(answer)


def values(data: dict[str, object]) -> list[float]:
    """Every value of the first series that is there."""
    series = data["series"]
    assert isinstance(series, list)
    return [value for value in series[0]["v"] if value is not None] if series else []


def test_this_host_is_there_and_its_processor_moves(page: Page) -> None:
    page.goto("/assets/")
    ready(page)
    page.locator("td a[href*='/assets/A-']").first.click()
    page.wait_for_url("**/assets/A-*/")
    ready(page)
    first = eventually(lambda: values(shown(page)), seconds=90, what="samples of the processor")
    eventually(lambda: len(values(shown(page))) > len(first), seconds=90, what="more samples than at first")
    page.wait_for_selector("[data-chart] canvas, .st-chart canvas")


def test_a_minute_without_the_gateway_is_filled_from_the_spool(steward: House, page: Page) -> None:
    steward.kill("gateway")
    eventually(lambda: kept_down(steward), seconds=bar(10), what="the killed gateway stays down", every=0.05)
    pass_time(OUTAGE_SECONDS, why="the outage itself: some rounds of the agent find nobody")
    during = gaps(shown(page))
    assert during >= 1, "the chart shows the outage as a gap while it lasts"
    steward.control.start("house:gateway")
    eventually(lambda: gaps(shown(page)) == 0, seconds=150, what="the gap is filled from the spool", every=1)


def kept_down(steward: House) -> bool:
    """Whether it could be told to stay down: in the moment between its death and its next start there is nothing to tell."""
    try:
        steward.control.stop("house:gateway")
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != NOT_RUNNING:
            raise
        return False
    return True


def gaps(data: dict[str, object]) -> int:
    """Empty slots between the first value and a slot that should have one by now."""
    series, times = data["series"], data["t"]
    assert isinstance(series, list)
    assert isinstance(times, list)
    due = time.time() - 40
    kept = [value for at, value in zip(times, series[0]["v"], strict=True) if at < due]
    while kept and kept[0] is None:
        kept.pop(0)
    return kept.count(None)
