# SPDX-License-Identifier: Apache-2.0
"""What a provider says is kept and shown, but not what it repeats of our secrets."""

import base64
from urllib.parse import quote

import pytest

from steward.core.notify.answers import Outcome, answer
from steward.core.notify.quoting import BLANK, secrets_in_address, secrets_in_mail, without
from steward.core.notify.smtp import MailServer

LINK = "https://desk.example/accounts/password/reset/key/3-d1t9a0-0123456789abcdef0123456789abcdef/"


@pytest.mark.parametrize("quoted", [lambda text: text, lambda text: quote(text, safe=""), lambda text: text.encode().hex(),
                                    lambda text: base64.b64encode(text.encode()).decode()])  # fmt: skip
def test_a_mail_server_that_repeats_the_password_is_kept_without_it(quoted: object) -> None:
    server = MailServer.parse("smtp://steward:ca%2Fna%40ry@mail.example")
    said = without(answer(Outcome.LATER, f"451 who is {quoted('ca/na@ry')}?"), server.secrets)  # type: ignore[operator]  # a function
    assert said.text == f"451 who is {BLANK}?"


def test_the_answer_to_auth_plain_holds_the_password_too() -> None:
    server = MailServer.parse("smtp://steward:canary@mail.example")
    plain = base64.b64encode(b"\0steward\0canary").decode()
    assert BLANK in without(answer(Outcome.LATER, f"503 unexpected AUTH PLAIN {plain}"), server.secrets).text


def test_a_service_is_kept_without_any_part_of_its_address() -> None:
    secrets = secrets_in_address("slack://TokenAcanary/Tok%65nBcanary/c4n4ry/?key=canary5")
    said = without(answer(Outcome.LATER, "no channel at tokenacanary, TokenBcanary, c4n4ry or canary5"), secrets)
    assert "nary" not in said.text
    assert "n4ry" not in said.text
    said = without(answer(Outcome.LATER, "wrong: pa:ss"), secrets_in_address("mailto://bob:pa%3Ass@mail.example"))
    assert said.text == f"wrong: {BLANK}"


def test_a_filter_that_quotes_the_link_of_a_sealed_mail_is_kept_without_it() -> None:
    said = answer(Outcome.REFUSED, f"554 5.7.1 the link {LINK} is on a list")
    shown = without(said, secrets_in_mail(f"Choose a password:\n\n{LINK}\n")).text
    assert "0123456789abcdef" not in shown
    assert shown.startswith("554 5.7.1 the link https://desk.example/")


def test_an_answer_without_secrets_stays_as_it_is() -> None:
    said = answer(Outcome.SENT, "250 2.0.0 taken as queue-id 4711")
    assert without(said, frozenset()) is said
    assert without(said, {"canary"}) == said
