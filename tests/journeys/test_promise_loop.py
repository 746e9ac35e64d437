# SPDX-License-Identifier: Apache-2.0
"""The promise loop, against the real processes: a small filesystem of a watched machine fills, an alert opens a ticket whose clock
runs, people are told in order before it runs out, whoever is called acknowledges by the link in a real mail, space is freed, the
monitor sees it, and the promise is kept. The contract counts in minutes, with decimals."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.core.notify.mail_server import Handler, start
from tests.fixtures.browser import WIDE, ready
from tests.fixtures.house import House, house
from tests.waiting import eventually

SIZE_MB = 24
ZONE = "Europe/Istanbul"  # the contract's
SEEN_SECONDS = 150.0  # from a full filesystem to its ticket: a sample, ten seconds of a rule, a round, two jobs
pytestmark = [
    pytest.mark.browser,
    pytest.mark.alone,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk"),
]


@dataclass(frozen=True)
class World:
    """The house, the mail that its provider took, and where the watched machine keeps its data."""

    house: House
    mail: Handler
    disk: Path
    session: str


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="steward-machine-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture(scope="module")
def world(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    mail = Handler()
    server = start(mail)
    with house(STEWARD_SMTP_URL=f"smtp://127.0.0.1:{server.port}", STEWARD_MAIL_FROM="desk@msp.example") as made:
        made.start()
        token, session = _seeded(made)
        agent = _agent(made, tmp_path_factory.mktemp("agent"), token)
        yield World(made, mail, disk, session)
        agent.terminate()
        agent.wait(20)
    server.stop()


def _seeded(made: House) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.loop_seed"],
        env=made.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    token, session = done.stdout.splitlines()[-1].split()
    return token, session


def _agent(made: House, state: Path, token: str) -> subprocess.Popen[bytes]:
    """A machine's own agent, which looks at filesystems in memory too, every five seconds."""
    config = state / "agent.toml"
    config.write_text("[collectors.filesystems]\ntmpfs = true\n", encoding="utf-8")
    environment = made.environment | {"STEWARD_AGENT_STATE_DIR": str(state), "STEWARD_AGENT_TOKEN": token}
    command = [sys.executable, "-m", "steward_agent.cli"]
    subprocess.run([*command, "enroll", made.settings.base_url], env=environment, check=True, timeout=60)
    run = [*command, "run", "--config", str(config), "--interval", "5"]
    return subprocess.Popen(run, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def page(world: World, chromium: Browser) -> Page:
    base = f"http://localhost:{world.house.settings.port}"
    context = chromium.new_context(base_url=base, viewport=WIDE, locale="en")
    context.add_cookies([{"name": "steward_session", "value": world.session, "url": base}])
    return context.new_page()


def open_page(page: Page, path: str) -> None:
    page.goto(path)
    ready(page)


def told(page: Page) -> list[str]:
    """The lines of the ticket's timeline that stand on the page, oldest first."""
    page.reload()
    ready(page)
    return page.locator("#story .st-ev").all_inner_texts()


def mails(world: World, words: str) -> list[EmailMessage]:
    return [each for each in world.mail.taken if words in plain(each)]


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_full_filesystem_becomes_an_alert_and_a_ticket_whose_clock_runs(world: World, page: Page) -> None:
    open_page(page, "/alerts/")
    (world.disk / "big").write_bytes(b"\0" * ((SIZE_MB * 1024 - 64) * 1024))

    def listed() -> bool:
        open_page(page, "/tickets/")
        return page.locator("td a[href*='/tickets/T-']").count() > 0

    eventually(listed, seconds=SEEN_SECONDS, what="a ticket for the full filesystem", every=2)
    page.locator("td a[href*='/tickets/T-']").first.click()
    page.wait_for_url("**/tickets/T-*/")
    ready(page)
    expect(page.locator(".st-head .st-prio").first).to_have_text(re.compile("P1"))
    expect(page.locator("h1")).to_contain_text(str(world.disk))
    expect(page.locator("#clock")).to_be_visible()
    expect(page.locator("aside, .st-aside, main").first).to_contain_text("AL-")


def test_somebody_takes_it_and_answers_in_time(page: Page) -> None:
    page.locator(".st-head .do button", has_text="Take").click()
    expect(page.locator(".st-head .sub")).to_contain_text("Olga Owner")
    page.locator(".st-reply textarea").fill("We are at it: somebody filled the disk.")
    page.locator(".st-reply button[type=submit]", has_text="Send to").click()
    expect(page.locator("#story")).to_contain_text("somebody filled the disk")


def test_people_are_told_in_order_before_it_breaks(world: World, page: Page) -> None:
    order = ["25 %", "40 %", "50 %"]

    def seen() -> list[str]:
        return [part for line in told(page) for part in order if f"{part} " in line]

    eventually(lambda: seen() == order, seconds=180, what="a quarter, four tenths and half of the time used", every=3)
    assert [line for line in told(page) if "calls whoever is on duty" in line], "the last one calls"


def test_the_call_reaches_a_mail_server_and_its_link_acknowledges(world: World, page: Page) -> None:
    found = eventually(lambda: mails(world, "/oncall/answer/"), seconds=60, what="the mail of the call")
    link = re.search(r"http://\S+/oncall/answer/\S+", plain(found[0]))
    assert link
    stranger = page.context.browser
    assert stranger is not None
    tab = stranger.new_context(viewport={"width": 390, "height": 844}, locale="en").new_page()
    tab.goto(link[0])
    tab.get_by_role("button", name="Acknowledge").click()
    expect(tab.locator("main, body").first).to_contain_text("Acknowledged")
    open_page(page, "/oncall/")
    expect(page.locator("main")).not_to_contain_text("waiting for an answer")


def test_space_is_freed_and_the_monitor_sees_it(world: World, page: Page) -> None:
    (world.disk / "big").unlink()

    def over() -> bool:
        open_page(page, "/alerts/?state=resolved")
        return page.locator("td a[href*='/alerts/AL-']").count() > 0

    eventually(over, seconds=SEEN_SECONDS, what="the alert is over", every=2)


def test_the_ticket_is_resolved_and_both_promises_were_kept(page: Page) -> None:
    open_page(page, "/tickets/")
    page.locator("td a[href*='/tickets/T-']").first.click()
    page.wait_for_url("**/tickets/T-*/")
    ready(page)
    expect(page.locator("#story")).to_contain_text("is over")
    page.get_by_role("link", name=re.compile("^Resolve")).click()
    page.wait_for_url("**/tickets/T-*/**")
    ready(page)
    page.locator("textarea").first.fill("The file was removed; the disk is at 1 %.")
    page.get_by_role("button", name=re.compile("^Resolve")).click()
    page.wait_for_url(re.compile(r"/tickets/T-\d+/$"))
    ready(page)
    expect(page.locator(".st-head .sub")).to_contain_text("Resolved")
    expect(page.locator("#clock")).to_contain_text("kept")
    expect(page.locator("#clock")).not_to_contain_text("late")


@pytest.mark.prove
def test_the_report_counts_it_with_its_times_and_leads_to_it(page: Page) -> None:
    open_page(page, "/reports/new/?client=acme")
    page.locator("input[name=month]").fill(f"{datetime.now(ZoneInfo(ZONE)):%Y-%m}")
    page.get_by_role("button", name="Count the month").click()
    page.wait_for_url("**/reports/RP-*/")
    # A worker counts; the page shows how far it is, and the report when it is there.
    page.locator("a[data-figure='incidents.p1']").wait_for(timeout=60_000)
    ready(page)
    for name, says in (("incidents.p1", "1"), ("promises.response", "100"), ("promises.resolution", "100")):
        figure = page.locator(f"a[data-figure='{name}']")
        expect(figure).to_contain_text(re.compile(r"\b1$"))
        expect(page.locator("tr", has=figure)).to_contain_text(says)
    page.locator("a[data-figure='promises.resolution']").press("Enter")
    page.wait_for_url("**/reports/counted/**")
    ready(page)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("T-1")
    rows.locator("a").first.click()
    page.wait_for_url("**/tickets/T-1/")
