# SPDX-License-Identifier: Apache-2.0
"""The kit page in Chromium, under the content security policy of the product: looks, keys, focus, charts, dialogs."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from steward.core.identity.public import User
from steward.core.ui.specimens import times
from tests.fixtures.browser import PHONE, WIDE, Tab, barriers, ready

pytestmark = pytest.mark.browser
OpenAs = Callable[..., Tab]
LISTED = '#kit-list tr[data-id="{}"]'


@pytest.fixture
def kit(open_as: OpenAs, olga: User) -> Tab:
    return open_as(olga, "/kit/")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.id || document.activeElement.id"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_part_is_accessible_and_within_the_policy(open_as: OpenAs, olga: User, viewport: Any, theme: str) -> None:
    tab = open_as(olga, "/kit/", viewport=viewport, theme=theme)
    expect(tab.page.locator("#charts .uplot").first).to_be_visible()
    assert barriers(tab.page) == []
    assert tab.complaints == []
    assert tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_an_inline_script_is_refused_and_a_block_of_data_is_not(kit: Tab) -> None:
    assert kit.page.evaluate("JSON.parse(document.querySelector('#st-messages').textContent).undo") == "Undo"
    assert kit.complaints == []
    kit.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.broken = 1'}))"
    )
    kit.page.evaluate("document.querySelector('h1').setAttribute('style', 'color: red')")
    assert kit.page.evaluate("window.broken") is None
    assert len(kit.complaints) == 2
    assert all("Content Security Policy" in each for each in kit.complaints)


def test_rows_take_the_focus_by_j_and_k_and_are_selected_by_x(kit: Tab) -> None:
    page = kit.page
    page.locator(LISTED.format("T-4814")).focus()
    page.keyboard.press("j")
    assert focused(page) == "T-4815"
    page.keyboard.press("k")
    assert focused(page) == "T-4814"
    page.keyboard.press("x")
    expect(page.locator("#kit-list .js-count")).to_have_text("2")
    expect(page.locator(LISTED.format("T-4814"))).to_have_class("is-cur is-sel")
    page.keyboard.press("Escape")
    expect(page.locator("#kit-list [data-bulk]")).to_be_hidden()


def test_shift_selects_all_between(kit: Tab) -> None:
    page = kit.page
    page.locator("#kit-list [data-select-none]").click()
    page.locator(LISTED.format("T-4814") + " .st-check").click()
    page.locator(LISTED.format("T-4818") + " .st-check").click(modifiers=["Shift"])
    expect(page.locator("#kit-list .js-count")).to_have_text("4")


def test_typing_a_letter_into_a_field_is_no_key(kit: Tab) -> None:
    page = kit.page
    page.locator("#id_kit-title").fill("")
    page.keyboard.type("jxc?/g t")
    expect(page.locator("#id_kit-title")).to_have_value("jxc?/g t")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_pair_of_keys_leads_to_its_page(open_as: OpenAs, olga: User) -> None:
    page = open_as(olga, "/kit/").page
    keys = page.locator('.st-nav a[data-key*=" "]').first
    path = keys.get_attribute("href")
    for key in (keys.get_attribute("data-key") or "").split():
        page.keyboard.press(key)
    page.wait_for_url(f"**{path}")


def test_help_lists_the_keys_of_the_page_and_can_switch_them_off(kit: Tab) -> None:
    page = kit.page
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Go to any page or record")
    expect(page.locator("#keys .own kbd").first).to_be_visible()
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_palette_finds_pages_and_says_when_nothing_fits(kit: Tab) -> None:
    page = kit.page
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [aria-selected=true]")).to_have_count(1)
    page.keyboard.type("people")
    expect(page.locator("#palette mark").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/")
    ready(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("zzzzzz")
    expect(page.locator("#palette .none")).to_contain_text("zzzzzz")


def test_the_theme_is_chosen_by_the_server_before_the_first_paint(kit: Tab) -> None:
    page = kit.page
    page.locator("[data-theme-switch]").click()
    page.locator("[data-theme-switch]").click()
    assert "st_theme=dark" in page.evaluate("document.cookie")
    html = page.request.get("/kit/").text()
    assert 'data-bs-theme="dark"' in html[:400]
    page.locator("[data-theme-switch]").click()
    assert "st_theme" not in page.evaluate("document.cookie")


def test_a_chart_reads_out_the_value_under_its_cursor_and_a_gap_as_a_gap(kit: Tab) -> None:
    page = kit.page
    figure = page.locator('[data-title="Processor, with everything"]')
    figure.scroll_into_view_if_needed()
    over = figure.locator(".u-over")
    box = over.bounding_box()
    assert box
    over.hover(position={"x": box["width"] * 0.1, "y": 40})
    expect(figure.locator(".val")).to_contain_text("%")
    under = datetime.fromtimestamp(times()[12], UTC)
    expect(page.locator("#charts .js-at")).to_have_text(f"{under:%H:%M}")
    over.hover(position={"x": box["width"] * 75 / 119, "y": 40})
    expect(figure.locator(".val b")).to_have_text("gap")
    positions = page.evaluate(
        "[...document.querySelectorAll('#charts .u-cursor-x')].map((each) => each.style.transform)"
    )
    assert len(positions) >= 4
    assert all(each.startswith("translate") for each in positions)


def test_a_chart_can_be_read_by_keyboard_and_has_words(kit: Tab) -> None:
    plot = kit.page.locator('[data-title="Two series"] .plot')
    expect(plot).to_have_attribute("aria-label", re.compile("lowest"))
    plot.focus()
    kit.page.keyboard.press("ArrowLeft")
    kit.page.keyboard.press("ArrowLeft")
    expect(kit.page.locator("#announce")).to_contain_text("Mb/s")


def test_charts_are_drawn_anew_in_the_colours_of_the_theme(kit: Tab) -> None:
    drawn = "document.querySelector('#charts canvas').toDataURL()"
    expect(kit.page.locator("#charts canvas").first).to_be_visible()
    before = kit.page.evaluate(drawn)
    kit.page.locator("[data-theme-switch]").click()
    kit.page.locator("[data-theme-switch]").click()
    deadline = time.monotonic() + 5
    while kit.page.evaluate(drawn) == before:
        assert time.monotonic() < deadline, "the chart looks as before"


def test_loading_empty_and_failed_are_as_high_as_the_chart(kit: Tab) -> None:
    heights = kit.page.evaluate(
        "[...document.querySelectorAll('#charts .st-chart > :is(.plot,.none):not([hidden])')].map((each) => each.offsetHeight)"
    )
    assert set(heights) == {150}


def test_a_dangerous_act_must_be_typed_out(kit: Tab) -> None:
    button = kit.page.locator("[data-typed-form] [type=submit]")
    kit.page.locator("#kit-delete-typed").fill("Birch Den")
    expect(button).to_be_disabled()
    kit.page.locator("#kit-delete-typed").fill("Birch Dental")
    expect(button).to_be_enabled()


def test_a_draft_survives_leaving_the_page(kit: Tab) -> None:
    page = kit.page
    page.locator("#id_kit-title").fill("Half a change")
    expect(page.locator("form[data-draft] [data-draft-state]")).to_contain_text("Draft kept")
    page.reload()
    ready(page)
    assert page.evaluate("localStorage['st-draft:kit'].includes('Half a change')")


def test_a_dialog_gives_the_focus_back(kit: Tab) -> None:
    page = kit.page
    opener = page.locator('[data-open="#kit-dialog"]')
    opener.click()
    expect(page.locator("#kit-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_an_internal_note_changes_its_paper_and_its_reader(kit: Tab) -> None:
    reply = kit.page.locator(".st-reply").first
    reply.locator("[data-switch-kind=internal]").click()
    expect(reply).to_have_attribute("data-kind", "internal")
    expect(reply.locator(".who")).to_contain_text("Only Kuzey IT reads this")
    expect(reply.get_by_role("button", name="Send to Alice")).to_be_hidden()


def test_a_toast_says_what_happened_and_waits_under_the_pointer(open_as: OpenAs, olga: User) -> None:
    page = open_as(olga, "/kit/", own=True).page
    page.clock.install()
    told = {"text": "T-1 was <b>closed</b>", "links": [{"text": "Open", "url": "#x"}]}
    page.evaluate("detail => document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail}))", told)
    toast = page.locator("#toasts .st-toast")
    expect(toast).to_contain_text("T-1 was <b>closed</b>")
    toast.hover()
    page.clock.run_for(11_000)
    expect(toast).to_be_visible()
    page.mouse.move(5, 5)
    page.clock.run_for(11_000)
    expect(toast).to_have_count(0)


def test_on_a_phone_the_floors_and_the_filters_come_to_the_thumb(open_as: OpenAs, olga: User) -> None:
    page = open_as(olga, "/people/", viewport=PHONE).page
    expect(page.locator(".st-nav").first).to_be_hidden()
    page.locator('[data-open="#floors"]').click()
    expect(page.locator("#floors")).to_be_visible()
    page.mouse.click(195, 20)
    expect(page.locator("#floors")).to_be_hidden()
    page.locator(".st-filters summary").first.click()
    sheet = page.locator(".st-choices").bounding_box()
    assert sheet
    assert sheet["y"] + sheet["height"] >= PHONE["height"] - 1


def test_sorting_keeps_the_focus_and_the_row(open_as: OpenAs, olga: User, tess: User) -> None:
    page = open_as(olga, "/people/").page
    row = page.locator("tbody tr[data-id]").nth(1)
    chosen = row.get_attribute("data-id")
    row.focus()
    head = page.locator("th a").first
    head.focus()
    with page.expect_response("**/people/?*"):
        page.keyboard.press("Enter")
    expect(page.locator(f'tr.is-cur[data-id="{chosen}"]')).to_be_visible()
    assert page.evaluate("document.activeElement.closest('th') !== null")


def test_what_is_typed_into_the_filter_box_stays_while_rows_change(open_as: OpenAs, olga: User, tess: User) -> None:
    page = open_as(olga, "/people/").page
    page.keyboard.press("/")
    with page.expect_response("**/people/?*"):
        page.keyboard.type("tess")
    expect(page.locator("tbody tr[data-id]")).to_have_count(1)
    page.keyboard.type("x")
    expect(page.locator("input[type=search]")).to_have_value("tessx")
    expect(page.locator("input[type=search]")).to_be_focused()
    expect(page.locator(".st-empty")).to_be_visible()
