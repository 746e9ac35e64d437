# SPDX-License-Identifier: Apache-2.0
from email.message import EmailMessage

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from steward.core.access.public import Denied, Refused
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.bounces import BOUNCE_MAX, Bounce, read_bounce
from steward.core.notify.public import HandedOver, Way, bounce_take, handed_over, outward_ways, send
from steward.core.tenancy.public import scoped, system_scope
from tests.core.notify.bounce_report import report
from tests.core.notify.mail_server import Handler
from tests.fixtures.actors import Acting


@pytest.mark.parametrize("quoted", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_names_the_mail_and_the_reason(quoted: str) -> None:
    assert read_bounce(report("<a@b>", quoted=quoted)) == Bounce("<a@b>", "smtp; 550 5.1.1 no such user")


def test_a_delay_and_any_other_mail_are_no_bounce() -> None:
    assert read_bounce(report("<a@b>", action="delayed", status="4.4.1")) is None
    assert read_bounce("Subject: out of office\n\nI am away.") is None
    assert read_bounce(report("<a@b>") + "x" * BOUNCE_MAX) is None


@given(st.text(max_size=300), st.integers(0, 700))
def test_no_text_breaks_the_reader(noise: str, place: int) -> None:
    whole = report("<a@b>")
    for text in (noise, whole[:place] + noise + whole[place:], whole[place:]):
        found = read_bounce(text)
        assert found is None or len(found.message_id) <= 200


def test_deep_and_wide_mail_is_let_go() -> None:
    inner = EmailMessage()
    inner.set_content("x")
    for _each in range(80):
        outer = EmailMessage()
        outer["Content-Type"] = "multipart/report"
        outer.set_payload([inner])
        inner = outer
    assert read_bounce(inner.as_string()) is None


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_came_back_counts_as_failed_with_its_reason(
    mail: Handler, olga: User, tess: User, acting: Acting
) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        (notice,) = send("notify.test", to=tess, params={"sent_by": 1}, client=None, by=Way.MAIL)
    run_until_idle()
    identifier = mail.taken[0]["Message-ID"]
    with acting(tess) as actor, pytest.raises(Denied):
        bounce_take(actor=actor, message=report(identifier))
    with acting(olga) as actor:
        assert handed_over([notice])[notice].state == "sent"
        assert bounce_take(actor=actor, message=report(identifier))
        assert not bounce_take(actor=actor, message=report("<nobody@nowhere>"))
        with pytest.raises(Refused, match="message"):
            bounce_take(actor=actor, message="hello")
        became = handed_over([notice])[notice]
        assert bounce_take(actor=actor, message=report(identifier)), "a second one says so, and adds nothing"
        assert handed_over([notice])[notice] == became
    assert became == HandedOver(became.delivery, "bounced", 2, "smtp; 550 5.1.1 no such user", "", {})


@pytest.mark.django_db
def test_everybody_can_be_mailed_and_some_have_a_channel_of_their_own(tess: User, olga: User) -> None:
    assert outward_ways([tess, olga]) == {tess.pk: (Way.MAIL,), olga.pk: (Way.MAIL,)}
