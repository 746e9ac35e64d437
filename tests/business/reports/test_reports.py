# SPDX-License-Identifier: Apache-2.0
"""Reports from draft to issue and again, as their readers meet them: pages, lists of what was counted, API, PDF."""

import json
import re
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from steward.business.reports import queries
from steward.business.reports.actions import report_draft, report_issue, report_recount, report_reissue
from steward.business.reports.filing import file_pdfs, pdf_in
from steward.business.reports.models import CountedRow, Report, Revision
from steward.business.reports.month import Month
from steward.business.reports.registry import section_kinds
from steward.core.access.public import Denied, Refused
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.actions import ticket_open
from steward.promises.agreements.public import Agreement
from tests.business.reports.conftest import ZONE, Machine, MakeTicket, finish
from tests.fixtures.actors import Acting
from tests.fixtures.store import Store

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
On = Callable[..., datetime]
AT = "/api/v1/reports"
LINK = re.compile(
    r'<th scope="row">([^<]*)</th><td class="st-num">([^<]*)</td>'
    r'<td class="st-num"><a href="([^"]+)" data-figure="([^"]+)">.*?</span>(\d+)</a>'
)


@pytest.fixture
def past(acme: Client, month: Month, on: On, past_ticket: MakeTicket, store: Store, trouble_kind: str) -> Machine:
    """A month with something of everything."""
    web = Machine(acme, "acme-web-01", month.start - timedelta(days=30))
    web.measured(month.start - timedelta(hours=1), on(8), booted=month.start - timedelta(days=90))
    web.measured(on(8, 9, 30), on(20), booted=on(8, 9, 30))
    web.daily("fs.used_percent", month.start, [60.0, 61.0, 62.0], mount="/srv")
    past_ticket(on(3), ("reply", on(3, 9, 5)), ("resolved", on(3, 10)), asset=web.asset)
    past_ticket(on(4), ("reply", on(4, 11)), source="alert", asset=web.asset, summary="<script>alert(1)</script> #eval")
    past_ticket(on(5), impact=3, urgency=3)
    return web


@pytest.fixture
def drafted(acme: Client, omar: User, acting: Acting, past: Machine, month: Month) -> Report:
    with acting(omar) as actor:
        made = report_draft(acme, actor=actor, month=str(month))
    finish(made)
    return made


@pytest.fixture
def issued(drafted: Report, omar: User, acting: Acting) -> Report:
    with acting(omar) as actor:
        report_issue(drafted, actor=actor)
    return drafted


def report_called(number: str) -> Report:
    with scoped(system_scope("tests")), transaction.atomic():
        return queries.report(number)


def shown_figures(browser: Browser, address: str) -> dict[str, tuple[str, str, int]]:
    """What a report's page says: figure → (value, address of its list, n)."""
    page = browser.get(address)
    assert page.status_code == 200, address
    found = LINK.findall(page.content.decode())
    return {name: (unescape(value), unescape(url), int(n)) for _label, value, url, name, n in found}


def rows_listed(browser: Browser, address: str) -> int:
    """How many rows a list shows."""
    page = browser.get(address)
    assert page.status_code == 200, address
    return len(re.findall(r"<tr[^>]* data-id=", page.content.decode()))


@pytest.mark.parametrize("reader", ["tess", "alice"])
def test_every_figure_opens_a_list_with_as_many_rows_as_it_says(
    issued: Report, browse: Browse, request: pytest.FixtureRequest, reader: str
) -> None:
    browser = browse(request.getfixturevalue(reader))
    found = shown_figures(browser, f"/reports/{issued.number}/")
    assert len(found) == sum(len(each.figures) for each in section_kinds().values())
    assert sum(n for _value, _url, n in found.values()) > 20
    for name, (value, url, n) in found.items():
        assert rows_listed(browser, url) == n, name
        if name.startswith("incidents."):
            assert value == str(n), name


def test_a_draft_is_the_staffs_alone_until_it_is_issued(
    drafted: Report, alice: User, bob: User, tess: User, omar: User, browse: Browse, acting: Acting
) -> None:
    address, counted = f"/reports/{drafted.number}/", f"{AT}/counted?report={drafted.number}"
    assert browse(tess).get(address).status_code == 200
    assert browse(alice).get(address).status_code == 404
    assert browse(alice).get(counted).json()["items"] == []
    with acting(omar) as actor:
        report_issue(drafted, actor=actor)
    assert browse(alice).get(address).status_code == 200
    assert browse(alice).get(counted).json()["items"]
    assert browse(bob).get(address).status_code == 404
    assert browse(bob).get(counted).json()["items"] == []


def test_what_was_issued_stays_and_a_reissue_shows_what_late_data_changed(
    issued: Report, past: Machine, month: Month, on: On, omar: User, alice: User, acting: Acting, browse: Browse
) -> None:
    before = shown_figures(browse(alice), f"/reports/{issued.number}/")
    past.measured(on(20), month.end, booted=on(8, 9, 30))
    with acting(omar) as actor:
        with pytest.raises(Refused, match="reissue"):
            report_recount(issued, actor=actor)
        with pytest.raises(Refused) as no_reason:
            report_reissue(issued, actor=actor, reason=" ")
        report_reissue(issued, actor=actor, reason="The agent of acme-web-01 was late")
        with pytest.raises(Refused, match="counted already"):
            report_reissue(issued, actor=actor, reason="again")
        draft = finish(issued)
        with pytest.raises(Refused, match="drafted already"):
            report_reissue(issued, actor=actor, reason="again")
        changed = {each.name for each in queries.changed_since(draft) or []}
    assert "reason" in no_reason.value.errors
    assert changed == {"uptime.uptime", "uptime.gaps"}
    # The client still reads what was issued; then the new revision, with what differs, and the old one beside it.
    assert shown_figures(browse(alice), f"/reports/{issued.number}/") == before
    with acting(omar) as actor:
        report_issue(issued, actor=actor)
    page = browse(alice).get(f"/reports/{issued.number}/").content.decode()
    assert "The agent of acme-web-01 was late" in page
    assert before["uptime.gaps"][0] in page.partition('id="incidents"')[0]
    assert shown_figures(browse(alice), f"/reports/{issued.number}/revisions/1/") == before


def test_a_change_behind_the_back_of_the_product_is_seen(issued: Report, tess: User, browse: Browse) -> None:
    broken = "is not what its hash says"
    assert broken not in browse(tess).get(f"/reports/{issued.number}/").content.decode()
    with scoped(system_scope("tests")), transaction.atomic():
        CountedRow.objects.filter(figure="incidents.all").first().delete()  # type: ignore[union-attr]  # there are three
    assert broken in browse(tess).get(f"/reports/{issued.number}/").content.decode()


def test_only_a_month_that_began_and_has_no_report_is_drafted(
    drafted: Report, acme: Client, month: Month, omar: User, tess: User, acting: Acting
) -> None:
    with acting(omar) as actor:
        for asked in ("2999-01", "2026-13", "soon", str(month)):
            with pytest.raises(Refused) as refused:
                report_draft(acme, actor=actor, month=asked)
            assert list(refused.value.errors) == ["month"], asked
    with acting(tess) as actor, pytest.raises(Denied):
        report_draft(acme, actor=actor, month="2026-01")


def test_the_month_that_goes_on_is_drafted_as_far_as_it_is_known_and_not_issued(
    contract: Agreement, acme: Client, tess: User, omar: User, acting: Acting, store: Store, browse: Browse
) -> None:
    with acting(tess) as actor:
        ticket_open(actor=actor, client=acme, kind="incident", summary="Late", impact=1, urgency=1, source="console")
    with acting(omar) as actor:
        made = report_draft(acme, actor=actor, month=f"{timezone.localtime(timezone.now(), ZoneInfo(ZONE)):%Y-%m}")
        assert finish(made).is_so_far
        with pytest.raises(Refused, match="before the month was over"):
            report_issue(made, actor=actor)
    assert "A draft of the month so far" in browse(omar).get(f"/reports/{made.number}/").content.decode()


def test_a_report_with_a_section_that_could_not_be_counted_is_not_issued(
    drafted: Report, omar: User, acting: Acting
) -> None:
    with acting(omar) as actor:
        revision = Revision.objects.get(report=drafted)
        revision.content["sections"][2]["fault"] = "away"
        revision.save()
        with pytest.raises(Refused, match="could not be counted"):
            report_issue(drafted, actor=actor)
        report_recount(drafted, actor=actor)
        with pytest.raises(Refused, match="being counted"):
            report_issue(drafted, actor=actor)
        finish(drafted)
        assert report_issue(drafted, actor=actor).is_issued


def test_programs_make_issue_and_reissue_reports(past: Machine, month: Month, omar: User, browse: Browse) -> None:
    browser = browse(omar)

    def sent(path: str, **body: Any) -> tuple[int, Any]:
        answer = browser.post(f"{AT}{path}", json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    status, made = sent("", client="acme", month=str(month))
    assert (status, made["state"], made["counting"]["state"], made["revisions"]) == (201, "draft", "running", [])
    place, report = f"/{made['number']}", report_called(made["number"])
    assert sent(f"{place}/recount")[0] == 422  # it is being counted
    finish(report)
    assert sent(f"{place}/recount")[0] == 200
    finish(report)
    assert sent(f"{place}/issue")[1]["revisions"][0]["intact"] is True
    assert sent(f"{place}/reissue", reason="")[0] == 422
    assert sent(f"{place}/reissue", reason="a look")[1]["counting"]["state"] == "running"
    finish(report)
    drafted = browser.get(f"{AT}{place}").json()["revisions"][0]
    assert (drafted["n"], drafted["reason"], drafted["state"]) == (2, "a look", "draft")
    assert [each["n"] for each in sent(f"{place}/discard")[1]["revisions"]] == [1]
    assert sent(f"{place}/discard")[0] == 422
    figures = {each["name"]: each for each in browser.get(f"{AT}{place}").json()["revisions"][0]["figures"]}
    assert (figures["incidents.all"]["value"], figures["incidents.all"]["n"]) == (3, 3)
    asked = f"{AT}/counted?report={made['number']}&revision=1&figure=incidents.all"
    assert len(browser.get(asked).json()["items"]) == 3
    assert browser.get(f"{AT}/counted?figure=nothing.such").status_code == 422


def test_people_make_and_issue_a_report_by_its_pages(past: Machine, month: Month, omar: User, browse: Browse) -> None:
    browser = browse(omar)
    assert browser.post("/reports/new/", {"client": "acme", "month": "2999-01"}).status_code == 422
    made = browser.post("/reports/new/", {"client": "acme", "month": str(month)})
    assert made.status_code == 302
    address = made.headers["Location"]
    report = report_called(address.rstrip("/").rpartition("/")[2])
    waiting = browser.get(address).content.decode()
    assert "The month is being counted" in waiting
    assert "verb-issue" not in waiting
    finish(report)
    page = browser.get(address).content.decode()
    assert "A draft, counted" in page
    assert "&lt;script&gt;alert(1)" not in page  # summaries stand in the list of what was counted
    assert browser.post(f"{address}verb-issue/").status_code == 302
    assert "Figures frozen" in browser.get(address).content.decode()
    assert browser.post(f"{address}reissue/", {"reason": "a look"}).status_code == 302
    finish(report)
    assert "Revision 2 is drafted." in browser.get(address).content.decode()
    assert browser.post(f"{address}verb-discard/").status_code == 302
    assert "Revision 2" not in browser.get(address).content.decode()
    assert address in browser.get("/reports/").content.decode()


def test_the_pdf_is_alike_to_the_last_byte_in_both_languages_and_takes_hostile_text_as_text(
    issued: Report, past: Machine, alice: User, browse: Browse
) -> None:
    hostile = (
        'İĞŞığş #eval("1+1") $x^2$ *b* </text><image href="file:///etc/hostname"/> #image("/etc/hostname") \\ \x00'
    )
    with scoped(system_scope("tests")), transaction.atomic():
        revision = Revision.objects.select_related("report__client").get(report=issued)
        turkish = pdf_in(revision, "tr")
        assert turkish == pdf_in(revision, "tr")
        assert turkish != pdf_in(revision, "en")
        assert file_pdfs(revision)
        assert file_pdfs(revision) == []  # made once
        revision.content["client"] = hostile
        revision.content["sections"][-1]["facts"]["lines"]["disk"][0]["label"] = hostile
        drawn = pdf_in(revision, "tr")
    assert drawn.startswith(b"%PDF-")
    letters = letters_of(drawn)
    assert set("İĞŞığş#$*<>") <= letters
    assert b"/FontFile" in drawn
    sent = browse(alice).get(f"/reports/{issued.number}/revisions/1/pdf/")
    assert (sent.status_code, sent.headers["Content-Type"]) == (200, "application/pdf")
    assert "attachment" in sent.headers["Content-Disposition"]
    assert b"".join(sent.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]  # a FileResponse


def letters_of(pdf: bytes) -> set[str]:
    """The letters that the fonts of a PDF say they draw."""
    found: set[str] = set()
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text = zlib.decompress(packed)
        except zlib.error:
            continue
        if b"beginbfchar" in text or b"beginbfrange" in text:
            for each in re.findall(rb"<[0-9A-Fa-f]{4}>\s*<([0-9A-Fa-f]{4,})>", text):
                found |= set(bytes.fromhex(each.decode()).decode("utf-16-be"))
    return found


@pytest.mark.django_db(transaction=True)
def test_issuing_has_the_files_made_by_a_worker(drafted: Report, omar: User, acting: Acting) -> None:
    with acting(omar) as actor:
        report_issue(drafted, actor=actor)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        assert {each.language for each in queries.revision(drafted, 1).files.all()} == {"en", "tr"}
