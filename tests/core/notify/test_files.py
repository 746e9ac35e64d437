# SPDX-License-Identifier: Apache-2.0
"""Files that go with a mail: kept as references, read when it is sent, and never left out in silence."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from io import BytesIO
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client as Browser

from steward.core.files.actions import backend
from steward.core.files.backend import key_of
from steward.core.files.models import StoredFile
from steward.core.files.public import drop_file, register_file_kind, store_file
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify import delivering, kinds, sending
from steward.core.notify.models import Notice
from steward.core.notify.public import Address, attempt_text, attempts, deliveries, send
from steward.core.notify.sending import BadFiles
from steward.core.tenancy.public import Client, ForeignClient, scoped, system_scope
from tests.core.notify.mail_server import Handler

pytestmark = pytest.mark.django_db(transaction=True)
CAROL = Address("carol@acme.example", "Carol", "tr")
PAPER = b"%PDF-1.7\n" + bytes(range(256)) * 40
FILE_KIND = "tests.paper"
register_file_kind(FILE_KIND, types=frozenset({"application/pdf"}), max_bytes=1_000_000, permission="assets.view")


@pytest.fixture(autouse=True)
def sample_kind() -> Iterator[None]:
    kinds._kinds["tests.paper"] = kinds.NoticeKind(
        "notify.test", "x", frozenset({"sent_by"}), frozenset({kinds.Way.MAIL}), urgent=False
    )
    yield
    del kinds._kinds["tests.paper"]


def stored(client: Client, name: str = "Özet Ekim.pdf") -> StoredFile:
    with scoped(system_scope("tests")), transaction.atomic():
        return store_file(client, name, BytesIO(PAPER), FILE_KIND)


def tell(client: Client, *files: StoredFile) -> UUID:
    with scoped(system_scope("tests")), transaction.atomic():
        return send("tests.paper", to=CAROL, params={"sent_by": None}, client=client, files=files)[0]


def fate(notice: UUID) -> tuple[str, list[str]]:
    with scoped(system_scope("tests")), transaction.atomic():
        delivery = deliveries().get(notice__uid=notice)
        return delivery.state, [attempt_text(each) for each in attempts(delivery)]


def enclosed(message: EmailMessage) -> list[tuple[str | None, str, bytes]]:
    return [(each.get_filename(), each.get_content_type(), each.get_content()) for each in message.iter_attachments()]


def test_files_go_with_a_mail_and_lie_in_no_row_and_no_job(mail: Handler, acme: Client) -> None:
    notice = tell(acme, stored(acme), stored(acme, "two.pdf"))
    with connection.cursor() as cursor:
        cursor.execute("select args::text from procrastinate_jobs where status = 'todo'")
        assert all(len(args) < 400 and "PDF" not in args for (args,) in cursor.fetchall())
    run_until_idle()
    [message] = mail.taken
    assert message.get_content_type() == "multipart/mixed"
    assert message.get_body(("plain",)) is not None
    assert message.get_body(("html",)) is not None
    assert enclosed(message) == [("Özet Ekim.pdf", "application/pdf", PAPER), ("two.pdf", "application/pdf", PAPER)]
    encoded = [each.get_payload() for each in message.iter_attachments()]
    assert max(len(line) for text in encoded for line in text.splitlines()) <= 76  # RFC 2045, 6.8
    assert fate(notice)[0] == "sent"


def test_a_mail_with_a_file_that_is_sent_again_after_a_kill_is_the_same_mail(mail: Handler, acme: Client) -> None:
    notice = tell(acme, stored(acme))
    with scoped(system_scope("tests")), transaction.atomic():
        ready = delivering._prepare(deliveries().get(notice__uid=notice).pk)
    assert ready is not None
    delivering._hand_over(ready)  # and the worker dies before it can write that down
    run_until_idle()
    first, second = mail.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert enclosed(first) == enclosed(second) != []


def test_without_its_file_no_mail_goes_and_the_log_says_why(mail: Handler, acme: Client) -> None:
    dropped, lost = stored(acme), stored(acme, "lost.pdf")
    first, second = tell(acme, dropped), tell(acme, lost)
    with scoped(system_scope("tests")), transaction.atomic():
        drop_file(dropped)
    run_until_idle()
    assert fate(first) == ("failed", ["a file that goes with it is kept no longer"])
    assert fate(second)[0] == "sent"
    backend().delete(key_of(acme.pk, lost.sha256))
    third = tell(acme, lost)
    run_until_idle()
    assert fate(third) == ("failed", ["a file that goes with it is kept no longer"])
    assert len(mail.taken) == 1


def test_a_file_goes_to_nobody_but_its_own_client(acme: Client, birch: Client) -> None:
    paper = stored(acme)
    with pytest.raises(ForeignClient):
        tell(birch, paper)
    with pytest.raises(ForeignClient), scoped(system_scope("tests")), transaction.atomic():
        send("tests.paper", to=CAROL, params={"sent_by": None}, client=None, files=[paper])


def test_too_many_files_or_too_large_ones_are_refused(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = stored(acme)
    with pytest.raises(BadFiles):
        tell(acme, *[paper] * (sending.MOST_FILES + 1))
    monkeypatch.setattr(sending, "FILES_MAX", len(PAPER))
    with pytest.raises(BadFiles):
        tell(acme, paper, paper)
    with scoped(system_scope("tests")), transaction.atomic():
        assert not Notice.objects.exists()


def test_the_record_of_a_mail_names_its_files_and_says_which_are_kept_no_more(
    mail: Handler, acme: Client, olga: User, browse: Callable[[User], Browser]
) -> None:
    gone = stored(acme, "<b>gone.pdf")
    notice = tell(acme, stored(acme), gone)
    with scoped(system_scope("tests")), transaction.atomic():
        uid = deliveries().get(notice__uid=notice).uid
    browser = browse(olga)
    page = browser.get(f"/notifications/{uid}/").content.decode()
    assert "Özet Ekim.pdf" in page
    assert "&lt;b&gt;gone.pdf" in page
    assert "kept no more" not in page
    with scoped(system_scope("tests")), transaction.atomic():
        drop_file(gone)
    page = browser.get(f"/notifications/{uid}/").content.decode()
    assert "Özet Ekim.pdf" in page
    assert "1 that is kept no more" in page
    said = browser.get(f"/api/v1/notifications/{uid}").json()["files"]
    assert said == [{"name": "Özet Ekim.pdf", "size": len(PAPER)}]
