# SPDX-License-Identifier: Apache-2.0
"""The edge of a request: its scope, opened and closed, and the steps of sign-in that nobody goes around."""

from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from steward.core.access.middleware import REACHED
from steward.core.access.models import StaffClient
from steward.core.access.public import Role, Step, missing_step
from steward.core.identity.public import User
from steward.core.tenancy.public import Client, current_scope_or_none
from tests.fixtures.actors import give_second_factor, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.access.sample_urls")]


def browser_of(person: User) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(person)
    return browser


def test_a_person_of_a_client_sees_that_client_alone(alice: User, birch: Client) -> None:
    seen = browser_of(alice).get("/where/").json()
    assert seen["seen"] == ["Acme"]
    assert seen["scope"]["actor"]["user_id"] == alice.pk
    assert seen["scope"]["clients"] == [alice.client_id]


def test_staff_see_all_clients_or_those_chosen_for_them(tess: User, acme: Client, birch: Client) -> None:
    assert browser_of(tess).get("/where/").json()["seen"] == ["Acme", "Birch"]
    limited = make_person("Lim Limited", Role.TECHNICIAN_L1, all_clients=False)
    assert browser_of(limited).get("/where/").json()["seen"] == []
    StaffClient.objects.create(user=limited, client=birch)
    assert browser_of(limited).get("/where/").json()["seen"] == ["Birch"]


def test_without_a_person_there_is_no_scope(acme: Client) -> None:
    assert Browser().get("/where/").json() == {"scope": None}


def test_no_scope_is_left_behind_in_the_thread_even_by_an_error(alice: User) -> None:
    browser = browser_of(alice)
    assert browser.get("/fails/").status_code == 500
    assert current_scope_or_none() is None
    assert Browser().get("/where/").json() == {"scope": None}


def test_what_is_taken_away_is_gone_at_the_next_request(tess: User, acme: Client) -> None:
    browser = browser_of(tess)
    assert browser.get("/where/").json()["seen"] == ["Acme"]
    User.objects.filter(pk=tess.pk).update(all_clients=False)
    assert browser.get("/where/").json()["seen"] == []
    User.objects.filter(pk=tess.pk).update(is_active=False)
    assert browser.get("/where/").json() == {"scope": None}


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/where/", {}, 302),
        ("/where/", {"Accept": "text/html"}, 302),
        ("/where/", {"Accept": "application/json"}, 403),
        ("/where/", {"Accept": "text/event-stream"}, 403),
        ("/where/", {"HX-Request": "true"}, 403),
        ("/api/v1/where/", {"Accept": "application/json"}, 403),
    ],
)
def test_staff_without_a_second_factor_reach_nothing(address: str, headers: dict[str, str], status: int) -> None:
    nina = make_person("Nina New", Role.OWNER, mfa=False)
    assert missing_step(nina) is Step.SECOND_FACTOR
    answer = browser_of(nina).get(address, headers=headers)
    assert answer.status_code == status
    if status == 302:
        assert answer.headers["Location"] == reverse("mfa_index")
    elif "HX-Request" in headers:
        assert answer.headers["HX-Redirect"] == reverse("mfa_index")
    else:
        assert answer.json()["error"]["code"] == "second_factor_required"
    give_second_factor(nina)
    assert browser_of(nina).get(address, headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "head"])
def test_no_method_goes_around_it(method: str) -> None:
    nina = make_person("Nina New", Role.OWNER, mfa=False)
    answer = getattr(browser_of(nina), method)("/where/")
    assert answer.status_code in (302, 403)
    assert not answer.headers.get("Location", "/accounts/").startswith("/where")


@pytest.mark.parametrize("step", list(Step))
def test_of_all_named_addresses_those_of_the_step_alone_are_reached(step: Step) -> None:
    person = make_person("Nina New", Role.OWNER, mfa=step is Step.PASSWORD)
    person.must_change_password = step is Step.PASSWORD
    person.save()
    reached = set()
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    assert len(names) > 20
    for name in names:
        arguments = {
            "account_reset_password_from_key": ["1", "key"],
            "mfa_edit_webauthn": [1],
            "mfa_remove_webauthn": [1],
            "oidc_begin": [uuid4()],
            "oidc_callback": [uuid4()],
        }
        answer = browser_of(person).get(reverse(name, args=arguments.get(name, [])))
        target = answer.headers.get("Location", "")
        if not (answer.status_code == 302 and target == reverse(REACHED[step][0])):
            reached.add(name)
    reached -= {"account_login"}  # sends everybody who is signed in away by itself
    assert reached <= set(REACHED[step]), reached - set(REACHED[step])


def test_a_password_that_was_given_comes_first_and_clients_people_need_no_second_factor(alice: User) -> None:
    assert missing_step(alice) is None
    alice.must_change_password = True
    alice.save()
    assert missing_step(alice) is Step.PASSWORD
    assert browser_of(alice).get("/where/").headers["Location"] == reverse("account_change_password")


def test_recovery_codes_alone_are_no_second_factor() -> None:
    nina = make_person("Nina New", Role.OWNER)
    nina_factors = nina._meta.apps.get_model("mfa", "Authenticator").objects.filter(user=nina)
    nina_factors.update(type="recovery_codes")
    assert missing_step(nina) is Step.SECOND_FACTOR
