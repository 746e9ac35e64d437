# SPDX-License-Identifier: Apache-2.0
"""Who is mailed a report: decided on a page or by program, mailed by a real mail server in each contact's language with the PDF."""

import json
import re
from collections.abc import Iterator
from datetime import time
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from steward.business.reports import queries
from steward.business.reports.actions import plan_set, report_draft, report_issue, report_mail, report_reissue
from steward.business.reports.events import ReportIssued
from steward.business.reports.listeners import file_issued
from steward.business.reports.models import Report, ReportMail, ReportPlan, Revision
from steward.business.reports.month import Month
from steward.business.reports.plans import plans, recipients_of
from steward.core.access.public import Denied, Refused
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import Delivery
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.clients.models import ClientProfile, Contact
from steward.settings.env import get_settings
from tests.business.reports.conftest import finish
from tests.business.reports.test_reports import Browse
from tests.core.notify.mail_server import Handler, start
from tests.fixtures.actors import Acting
from tests.fixtures.store import Store

AT = "/api/v1/report-plans/acme"


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    """A server that takes everything, known to the settings."""
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1"])
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()


@pytest.fixture
def people(acme: Client) -> dict[str, Contact]:
    """Carol reads Turkish, Dan as the client does (English), Erin has no address, Fay left, and Gus is not chosen."""
    with scoped(system_scope("tests")), transaction.atomic():
        ClientProfile.objects.create(client=acme, language="en", timezone="Europe/Istanbul")

        def contact(name: str, **more: Any) -> Contact:
            email = more.pop("email", f"{name.lower()}@acme.example")
            made = Contact.objects.create(client=acme, name=name, email=email, **more)
            made.refresh_from_db()
            return made

        return {
            "carol": contact("Carol", language="tr"),
            "dan": contact("Dan"),
            "erin": contact("Erin", email=""),
            "fay": contact("Fay", archived_at=timezone.now()),
            "gus": contact("Gus"),
        }


def planned(acme: Client, omar: User, acting: Acting, *contacts: Contact, **more: Any) -> ReportPlan:
    given = {"enabled": True, "day": 2, "at": time(6), "issues": False} | more
    with acting(omar) as actor:
        return plan_set(acme, actor=actor, contacts=[each.uid for each in contacts], **given)


def issued_report(acme: Client, omar: User, acting: Acting, month: Month) -> Report:
    with acting(omar) as actor:
        report = report_draft(acme, actor=actor, month=str(month))
        finish(report)
        report_issue(report, actor=actor)
    return report


def pdfs(message: EmailMessage) -> list[tuple[str | None, bytes]]:
    return [(each.get_filename(), each.get_content()) for each in message.iter_attachments()]


@pytest.mark.django_db(transaction=True)
def test_an_issued_report_is_mailed_once_to_each_chosen_contact_in_their_language_with_the_pdf(
    acme: Client, omar: User, tess: User, alice: User, acting: Acting, browse: Browse, month: Month, store: Store,
    mail: Handler, people: dict[str, Contact],
) -> None:  # fmt: skip
    planned(acme, omar, acting, people["carol"], people["dan"])
    report = issued_report(acme, omar, acting, month)
    with connection.cursor() as cursor:
        cursor.execute("select args::text from procrastinate_jobs where status = 'todo'")
        assert all("@" not in args and len(args) < 500 for (args,) in cursor.fetchall())
    run_until_idle()
    got = {str(each["To"]): each for each in mail.taken}
    carol, dan = got["Carol <carol@acme.example>"], got["Dan <dan@acme.example>"]
    assert len(mail.taken) == 2
    assert dan["Subject"].startswith("Acme: monthly report, ")
    assert carol["Subject"].startswith("Acme: aylık rapor, ")
    [(dans_name, dans)], [(carols_name, carols)] = pdfs(dan), pdfs(carol)
    assert (dans_name, carols_name) == (f"{report.number}-{month}-r1-en.pdf", f"{report.number}-{month}-r1-tr.pdf")
    assert dans.startswith(b"%PDF-")
    assert carols.startswith(b"%PDF-")
    assert carols != dans
    body = carol.get_body(("plain",))
    assert body is not None
    assert "PDF olarak ektedir" in body.get_content()
    assert f"/reports/{report.number}/" in body.get_content()
    # The event comes twice when its worker died before it could say that it was done.
    with scoped(system_scope("tests")), transaction.atomic():
        file_issued(ReportIssued(acme.pk, report.uid, 1))
    run_until_idle()
    assert len(mail.taken) == 2
    page = browse(tess).get(f"/reports/{report.number}/").content.decode()
    assert re.search(r"Carol</th><td[^>]*>tr</td>.*?Handed over.*?250 2\.0\.0 taken", page, re.DOTALL)
    assert "carol@acme.example" not in page
    assert "Handed over" not in browse(alice).get(f"/reports/{report.number}/").content.decode()
    said = browse(tess).get(f"/api/v1/reports/{report.number}").json()["revisions"][0]["mails"]
    assert {(each["contact"], each["language"], each["state"]) for each in said} == {
        (str(people["carol"].uid), "tr", "sent"),
        (str(people["dan"].uid), "en", "sent"),
    }
    assert browse(alice).get(f"/api/v1/reports/{report.number}").json()["revisions"][0]["mails"] == []


@pytest.mark.django_db(transaction=True)
def test_a_server_that_refuses_is_seen_on_the_page_and_whoever_is_named_later_is_mailed_by_hand(
    acme: Client, omar: User, acting: Acting, browse: Browse, month: Month, store: Store, mail: Handler,
    people: dict[str, Contact],
) -> None:  # fmt: skip
    report = issued_report(acme, omar, acting, month)
    with acting(omar) as actor, pytest.raises(Refused, match="PDF is being made"):
        report_mail(report, actor=actor)
    run_until_idle()
    assert mail.taken == []  # the plan names nobody
    with acting(omar) as actor, pytest.raises(Refused, match="names nobody"):
        report_mail(report, actor=actor)
    planned(acme, omar, acting, people["dan"], people["gus"])
    mail.rcpt = "550 5.1.1 no such user here"
    address = f"/reports/{report.number}/"
    assert browse(omar).post(f"{address}verb-mail/").status_code == 302
    run_until_idle()
    page = browse(omar).get(address).content.decode()
    assert page.count("550 5.1.1 no such user here") == 2
    assert "Sent back" in page
    again = browse(omar).post(f"/api/v1/reports/{report.number}/mail", "{}", content_type="application/json")
    assert again.status_code == 422
    # What was let go because there was nothing to send it with is mailed anew, and that alone.
    with scoped(system_scope("tests")), transaction.atomic():
        notice = ReportMail.objects.get(contact=people["dan"]).notice
        Delivery.objects.filter(notice__uid=notice).update(state=Delivery.State.EXPIRED)
    mail.rcpt = ""
    with acting(omar) as actor:
        assert report_mail(report, actor=actor) == 1
    run_until_idle()
    assert [str(each["To"]) for each in mail.taken] == ["Dan <dan@acme.example>"]
    assert browse(omar).get(address).content.decode().count("550 5.1.1 no such user here") == 1
    mail.taken.clear()
    # What is issued again is mailed again, and says that it corrects the one before.
    with acting(omar) as actor:
        report_reissue(report, actor=actor, reason="late")
        finish(report)
        report_issue(report, actor=actor)
    run_until_idle()
    assert len(mail.taken) == 2
    body = mail.taken[0].get_body(("plain",))
    assert body is not None
    assert "It corrects the one that you have" in body.get_content()
    assert [name for name, _pdf in pdfs(mail.taken[0])] == [f"{report.number}-{month}-r2-en.pdf"]


@pytest.mark.django_db
def test_nobody_is_mailed_who_left_or_has_no_address_any_more(
    acme: Client, omar: User, acting: Acting, people: dict[str, Contact]
) -> None:
    found = planned(acme, omar, acting, people["carol"], people["dan"], people["gus"])
    with scoped(system_scope("tests")), transaction.atomic():
        Contact.objects.filter(name="Carol").update(archived_at=timezone.now())
        Contact.objects.filter(name="Gus").update(email="")
        assert [(each.contact.name, each.language, each.zone) for each in recipients_of(acme)] == [
            ("Dan", "en", "Europe/Istanbul")
        ]
        assert plans().get(pk=acme.pk).recipient_count == 1
        assert found.recipients.count() == 3


@pytest.mark.django_db
def test_who_gets_it_and_when_is_decided_on_its_page(
    acme: Client, omar: User, tess: User, acting: Acting, browse: Browse, people: dict[str, Contact]
) -> None:
    browser, address = browse(omar), "/report-plans/acme/"
    page = browser.get(address).content.decode()
    assert "The next one is of " in page
    assert "Europe/Istanbul" in page
    assert "dan@acme.example" in page
    assert "Fay" not in page
    assert "Erin" not in page
    sent = {"enabled": "on", "day": "29", "at": "07:30", "contacts": [str(people["dan"].uid)]}
    refused = browser.post(address, sent)
    assert refused.status_code == 422
    assert "dan@acme.example" in refused.content.decode()  # nothing is lost
    assert browser.post(address, sent | {"day": "5"}).status_code == 302
    listed = browser.get("/report-plans/").content.decode()
    assert "07:30, Europe/Istanbul" in listed
    with scoped(system_scope("tests")), transaction.atomic():
        found = ReportPlan.objects.get(client=acme)
        assert (found.enabled, found.day, found.at, found.issues, found.since) == (True, 5, time(7, 30), False, None)
        entry = Entry.objects.filter(kind="reports.plan.set").latest("pk")
        assert entry.params["changed"]["contacts"] == [[], [str(people["dan"].uid)]]
        assert entry.params["changed"]["day"] == [2, 5]
    assert browse(tess).get(address).status_code == 403
    with acting(tess) as actor, pytest.raises(Denied):
        plan_set(acme, actor=actor, enabled=True, day=2, at=time(6), issues=False, contacts=[])


@pytest.mark.django_db
def test_programs_decide_it_too_and_only_among_the_clients_own_contacts(
    acme: Client, birch: Client, omar: User, alice: User, browse: Browse, people: dict[str, Contact]
) -> None:
    browser = browse(omar)
    usual = browser.get(AT).json()
    assert (usual["enabled"], usual["day"], usual["at"], usual["issues"]) == (True, 2, "06:00:00", False)
    assert usual["next_at"] is not None

    def put(**changes: Any) -> Any:
        body = {name: usual[name] for name in ("enabled", "day", "at", "issues", "contacts")} | changes
        return browser.put(AT, json.dumps(body), content_type="application/json")

    assert put(contacts=[str(people["gus"].uid)]).json()["contacts"] == [str(people["gus"].uid)]
    with scoped(system_scope("tests")), transaction.atomic():
        foreign = Contact.objects.create(client=birch, name="Zoe", email="zoe@birch.example")
        foreign.refresh_from_db()
    for field, value in (
        ("contacts", [str(foreign.uid)]), ("contacts", [str(uuid4())]), ("contacts", [str(people["erin"].uid)]),
        ("day", 0), ("at", "06:00:00+03:00"),
    ):  # fmt: skip
        refused = put(**{field: value})
        assert refused.status_code == 422, (field, value)
        assert field in refused.content.decode()
    assert browser.get(AT).json()["contacts"] == [str(people["gus"].uid)]
    off = put(enabled=False, contacts=[]).json()
    assert (off["contacts"], off["next_month"], off["next_at"]) == ([], None, None)
    # Switched on again it begins with what is due next.
    on = put(enabled=True).json()
    with scoped(system_scope("tests")), transaction.atomic():
        assert str(ReportPlan.objects.get(client=acme).since) == on["next_month"]
    listed = browser.get("/api/v1/report-plans").json()["items"]
    assert {(each["slug"], each["enabled"]) for each in listed} == {("acme", True), ("birch", True)}
    assert browse(alice).get(AT).status_code in (403, 404)


@pytest.mark.django_db
def test_the_page_of_a_report_asks_as_often_for_ten_mails_as_for_one(
    acme: Client, omar: User, acting: Acting, browse: Browse, month: Month, store: Store, people: dict[str, Contact]
) -> None:
    planned(acme, omar, acting, people["dan"])
    report = issued_report(acme, omar, acting, month)
    with scoped(system_scope("tests")), transaction.atomic():
        file_issued(ReportIssued(acme.pk, report.uid, 1))
    browser, address, counts = browse(omar), f"/reports/{report.number}/", []
    for _round in range(2):
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        counts.append(len(asked))
        with scoped(system_scope("tests")), transaction.atomic():
            known = ReportMail.objects.get(contact=people["dan"])
            for n in range(9) if not _round else ():
                other = Contact.objects.create(client=acme, name=f"N{n}", email=f"n{n}@acme.example")
                ReportMail.objects.create(
                    client=acme, revision=known.revision, contact=other, language="en", notice=known.notice
                )
    assert counts[0] == counts[1]
    with scoped(system_scope("tests")), transaction.atomic():
        assert len(queries.mails_of(Revision.objects.get(report=report))) == 10
