# SPDX-License-Identifier: Apache-2.0
"""A20/A21 over sessions, second factors and resets: fixation, skipping, replay, enumeration, brute force."""

import re
import statistics
import time
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from steward.core.audit.public import Entry
from steward.core.identity.public import User, password_link
from steward.settings.env import get_settings
from tests.fixtures.actors import PASSWORD, acting_as, give_password, give_second_factor
from tests.fixtures.sign_in import sign_in, totp_code

pytestmark = pytest.mark.django_db

WRONG = "wrong horse battery staple"


@pytest.fixture(autouse=True)
def _no_attempts_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def known(alice: User) -> User:
    give_password(alice)
    return alice


def post(browser: Browser, name: str, **data: str) -> HttpResponse:
    return browser.post(reverse(name), data)  # type: ignore[return-value]  # a response of the test client


def password_step(person: User, browser: Browser | None = None, password: str = PASSWORD) -> Browser:
    browser = browser or Browser()
    post(browser, "account_login", login=person.email, password=password)
    return browser


def is_signed_in(browser: Browser) -> bool:
    return browser.get(reverse("usersessions_list")).status_code == 200


# Sessions


def test_the_session_of_before_is_not_the_one_after(known: User) -> None:
    browser = Browser()
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = "by the attacker"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = str(session.cookie)
    password_step(known, browser)
    assert is_signed_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != session.cookie
    attacker = Browser()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = str(session.cookie)
    assert not is_signed_in(attacker)


def test_a_session_key_made_up_outside_is_not_taken_over(known: User) -> None:
    browser = Browser()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    password_step(known, browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32


def test_the_session_changes_when_the_second_factor_is_passed(known: User) -> None:
    give_second_factor(known)
    browser = password_step(known)
    before = browser.cookies[settings.SESSION_COOKIE_NAME].value
    post(browser, "mfa_authenticate", code=totp_code())
    assert is_signed_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_cookies_say_what_they_must(known: User) -> None:
    browser = password_step(known)
    session = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert not session["max-age"], "no “remember me”: it ends with the browser"
    csrf = browser.get(reverse("account_change_password")) and browser.cookies[settings.CSRF_COOKIE_NAME]
    assert csrf["httponly"]
    assert settings.SESSION_COOKIE_AGE <= 12 * 3600
    https = get_settings().base_url.startswith("https")
    assert (https, https) == (settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(known: User) -> None:
    here, there = sign_in(known), sign_in(known)
    new = "another horse battery staple"
    answer = post(here, "account_change_password", oldpassword=PASSWORD, password1=new, password2=new)
    assert answer.status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_signing_out_ends_the_session_for_a_copied_cookie_too(known: User) -> None:
    browser = sign_in(known)
    copy = Browser()
    copy.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_signed_in(copy)
    browser.get(reverse("account_logout"))
    assert is_signed_in(copy), "not by a link that somebody else made one follow"
    post(browser, "account_logout")
    assert not is_signed_in(copy)


def test_all_other_sessions_end_at_the_press_of_a_button(known: User) -> None:
    here, there = sign_in(known), sign_in(known)
    assert "127.0.0.1" in here.get(reverse("usersessions_list")).content.decode()
    post(here, "usersessions_list")
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_a_foreign_form_signs_nobody_in(known: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    answer = browser.post(
        reverse("account_login"),
        {"login": known.email, "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(known: User, target: str) -> None:
    answer = Browser().post(reverse("account_login"), {"login": known.email, "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


# The second factor


def test_between_password_and_code_nothing_is_open(known: User) -> None:
    give_second_factor(known)
    browser = password_step(known)
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    tried = 0
    for name in names:
        try:
            address = reverse(name)
        except Exception:
            continue
        if name.startswith(("account_", "mfa_")) or "/api/" in address:
            continue
        browser.get(address)
        tried += 1
        assert "_auth_user_id" not in browser.session, name
    for name in ("usersessions_list", "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn",
                 "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "account_change_password"):  # fmt: skip
        answer = browser.get(reverse(name))
        assert answer.status_code == 302, name
        assert reverse("mfa_authenticate") in answer.url or reverse("account_login") in answer.url  # type: ignore[attr-defined]
        tried += 1
    assert tried >= 8
    assert Authenticator.objects.filter(user=known).count() == 1


def test_a_code_works_once_even_from_elsewhere(known: User) -> None:
    give_second_factor(known)
    code = totp_code()
    first, second = password_step(known), password_step(known)
    assert post(first, "mfa_authenticate", code=code).status_code == 302
    again = post(second, "mfa_authenticate", code=code)
    assert again.status_code == 200
    assert not is_signed_in(second)
    later = post(second, "mfa_authenticate", code=f" {code[:3]} {code[3:]}")
    assert later.status_code == 200, "the same code, written otherwise"


@pytest.mark.parametrize("steps", [-3, 3, -10])
def test_a_code_of_another_time_does_not_work(known: User, steps: int) -> None:
    give_second_factor(known)
    browser = password_step(known)
    assert post(browser, "mfa_authenticate", code=totp_code(steps=steps)).status_code == 200
    assert not is_signed_in(browser)


def test_codes_can_not_be_guessed_through(known: User) -> None:
    give_second_factor(known)
    browser = password_step(known)
    for number in range(6):
        post(browser, "mfa_authenticate", code=f"{number:06}")
    answer = post(browser, "mfa_authenticate", code=totp_code())
    assert answer.status_code == 200, "now the right one is not looked at"
    assert "Too many attempts" in answer.content.decode()
    assert not is_signed_in(browser)


def test_the_second_factor_can_not_be_taken_away_by_its_own_step(known: User) -> None:
    give_second_factor(known)
    browser = password_step(known)
    for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes"):
        post(browser, name)
    assert Authenticator.objects.filter(user=known, type="totp").exists()


def test_staff_keep_their_last_second_factor(tess: User) -> None:
    give_password(tess)
    browser = sign_in(tess)
    answer = post(browser, "mfa_deactivate_totp")
    assert answer.status_code == 200
    assert Authenticator.objects.filter(user=tess, type="totp").exists()


def test_a_sealed_secret_moved_to_another_person_opens_nothing(known: User, bob: User) -> None:
    give_second_factor(known)
    stolen = Authenticator.objects.get(user=known).data
    give_password(bob)
    Authenticator.objects.create(user=bob, type="totp", data=stolen)
    browser = password_step(bob, Browser(raise_request_exception=False))
    answer = post(browser, "mfa_authenticate", code=totp_code())
    assert answer.status_code >= 400
    assert not is_signed_in(browser)


# Resetting a password


def ask_for_link(address: str) -> HttpResponse:
    return post(Browser(), "account_reset_password", email=address)


def link_in_mail() -> str:
    found = re.search(r"https?://\S+(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def use(link: str, password: str) -> bool:
    browser = Browser()
    answer = browser.get(link, follow=True)
    if not answer.redirect_chain:
        return False
    form = answer.redirect_chain[-1][0]
    return browser.post(form, {"password1": password, "password2": password}).status_code == 302


def test_a_link_works_once_and_ends_every_session(known: User) -> None:
    browser = sign_in(known)
    ask_for_link(known.email)
    link, new = link_in_mail(), "another horse battery staple"
    assert use(link, new)
    assert not is_signed_in(browser)
    assert not use(link, "third horse battery staple")
    known.refresh_from_db()
    assert known.check_password(new)
    with acting_as(known):
        assert Entry.objects.filter(kind="identity.password.reset", actor_id=known.pk).count() == 1


def test_a_link_is_not_a_way_around_the_second_factor(known: User) -> None:
    give_second_factor(known)
    new = "another horse battery staple"
    assert use(password_link(known).removeprefix(get_settings().base_url), new)
    browser = password_step(known, password=new)
    assert not is_signed_in(browser)
    assert browser.get(reverse("mfa_authenticate")).status_code == 200


@pytest.mark.parametrize("change", [{"email": "new@acme.example"}, {"password": "!"}])
def test_a_link_dies_with_the_address_or_the_password_it_was_made_for(known: User, change: dict[str, str]) -> None:
    link = password_link(known).removeprefix(get_settings().base_url)
    User.objects.filter(pk=known.pk).update(**change)
    assert not use(link, "another horse battery staple")


def test_a_link_opens_its_own_account_alone(known: User, bob: User) -> None:
    link = password_link(known).removeprefix(get_settings().base_url)
    uid, _, key = link.rsplit("/", 2)[1].partition("-")
    other = password_link(bob).rsplit("/", 2)[1].partition("-")[0]
    assert uid != other
    assert not use(f"/accounts/password/reset/key/{other}-{key}/", "another horse battery staple")


def test_a_link_older_than_three_days_is_dead(known: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PASSWORD_RESET_TIMEOUT", -1)
    assert not use(password_link(known).removeprefix(get_settings().base_url), "another horse battery staple")
    monkeypatch.undo()
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 24 * 3600


def test_the_link_names_the_public_address_whatever_the_request_says(known: User) -> None:
    Browser().post(reverse("account_reset_password"), {"email": known.email}, headers={"Host": "127.0.0.1:1"})
    assert get_settings().base_url in str(mail.outbox[-1].body)
    answer = Browser().post(reverse("account_reset_password"), {"email": known.email}, headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_the_page_behind_the_link_does_not_hold_the_key_in_its_address(known: User) -> None:
    link = password_link(known).removeprefix(get_settings().base_url)
    answer = Browser().get(link)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("-set-password/")


# Who is there?


def stripped(answer: HttpResponse, address: str) -> str:
    return re.sub(
        r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken":"[^"]+"', "", answer.content.decode()
    ).replace(address, "")


NOBODY = "nobody@acme.example"


def test_a_wrong_password_and_an_unknown_address_have_one_answer(known: User, bob: User) -> None:
    bob.is_active = False
    bob.save()
    give_password(bob)
    tries = {known.email: WRONG, NOBODY: WRONG, bob.email: PASSWORD}
    answers = {
        address: post(Browser(), "account_login", login=address, password=given) for address, given in tries.items()
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    assert len({stripped(answer, address) for address, answer in answers.items()}) == 1


def test_asking_for_a_link_has_one_answer_and_mails_nobody_unknown(known: User) -> None:
    answers = {address: ask_for_link(address) for address in (known.email, NOBODY)}
    assert {answer.status_code for answer in answers.values()} == {302}
    assert len({answer.headers["Location"] for answer in answers.values()}) == 1
    assert [message.to for message in mail.outbox] == [[known.email]]


def test_passkey_sign_in_tells_nobody_apart(known: User) -> None:
    options = Browser().get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"].get("allowCredentials", []) == []
    for credential in (
        "",
        "{}",
        "[]",
        "null",
        '{"response": {"userHandle": "MQ"}}',
        '{"response": {"userHandle": 1}}',
        "x",
    ):
        answer = post(Browser(), "mfa_login_webauthn", credential=credential)
        assert answer.status_code == 302, credential
        assert answer.headers["Location"] == reverse("account_login")


def medians_ms(run: Callable[[str], object], *addresses: str, times: int = 9) -> list[float]:
    """Of each address in turn, so that a machine that is busy for a while is busy for all of them."""
    spent: dict[str, list[float]] = {address: [] for address in addresses}
    for address in addresses * times:
        cache.clear()
        begun = time.perf_counter()
        run(address)
        spent[address].append((time.perf_counter() - begun) * 1000)
    return [statistics.median(spent[address]) for address in addresses]


def wrong_password(address: str) -> HttpResponse:
    return post(Browser(), "account_login", login=address, password=WRONG)


@pytest.mark.parametrize("run", [wrong_password, ask_for_link])
def test_the_work_is_alike_for_a_known_and_an_unknown_address(known: User, run: Callable[[str], HttpResponse]) -> None:
    there, nobody = medians_ms(run, known.email, NOBODY)
    print(f"A21 {run.__name__}: median {there:.1f} ms known, {nobody:.1f} ms unknown")
    assert abs(there - nobody) < max(there, nobody) * 0.5


# Brute force


def test_passwords_can_not_be_guessed_through(known: User) -> None:
    answers = [post(Browser(), "account_login", login=known.email, password=f"{WRONG} {n}") for n in range(8)]
    assert answers[0].status_code == 200
    assert "Too many attempts" in answers[-1].content.decode()
    blocked = post(Browser(), "account_login", login=known.email, password=PASSWORD)
    assert blocked.status_code == 200, "now the right one is not looked at"
    assert "Too many attempts" in blocked.content.decode()


def test_one_address_can_not_try_many_accounts(known: User) -> None:
    statuses = [post(Browser(), "account_login", login=f"person{n}@acme.example", password=WRONG) for n in range(12)]
    assert "Too many attempts" in statuses[-1].content.decode()


def test_whoever_is_counted_out_is_let_in_again_by_the_link(known: User) -> None:
    for n in range(6):
        post(Browser(), "account_login", login=known.email, password=f"{WRONG} {n}")
    new = "another horse battery staple"
    assert use(password_link(known).removeprefix(get_settings().base_url), new)
    assert cache.get("unrelated") is None


def test_links_can_not_be_asked_for_without_end(known: User) -> None:
    answers = [ask_for_link(known.email).status_code for _ in range(7)]
    assert answers[0] == 302
    assert answers[-1] == 429
    assert len(mail.outbox) <= 5


def test_every_failed_attempt_is_audited_without_what_was_typed(known: User) -> None:
    post(Browser(), "account_login", login=known.email, password=WRONG)
    post(Browser(), "account_login", login="my-password-in-the-wrong-field", password=WRONG)
    post(Browser(), "account_login", login=NOBODY, password=WRONG)
    with acting_as(known):
        mine = list(Entry.objects.filter(kind="identity.sign_in.fail").values())
    assert [row["record_id"] for row in mine] == [str(known.uid)]
    assert WRONG not in str(mine)
    assert known.email not in str(mine)
