# SPDX-License-Identifier: Apache-2.0
"""A store of files that does not answer: 503, as a page and in the API's shape, and nothing of what the view did stays."""

import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory, override_settings
from django.urls import path

from steward.core.files.public import ContentsAway
from steward.core.identity.public import User
from steward.core.rest.errors import answer_to
from steward.web.urls import urlpatterns as all_of_them

WHY = "it refuses the key: AccessDenied (while reading)"


def download(_request: HttpRequest) -> HttpResponse:
    """What a page does that hands a file out."""
    User.objects.create(email="half.done@example.org", name="Half Done", side="staff")
    raise ContentsAway(WHY)


urlpatterns = [path("attachments/1/", download), path("api/v1/attachments/1", download), *all_of_them]
handler500 = "steward.core.ui.errors.failed"


@pytest.mark.django_db(transaction=True)
@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", ["/attachments/1/", "/api/v1/attachments/1"])
def test_a_download_answers_503_and_says_nothing_of_the_store(address: str) -> None:
    answer = Browser().get(address)
    assert answer.status_code == 503
    assert "AccessDenied" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert not User.objects.filter(email="half.done@example.org").exists()
    if address.startswith("/api/"):
        assert json.loads(answer.content)["error"]["code"] == "unavailable"
    else:
        assert answer["X-Request-ID"] in answer.content.decode()


def test_the_api_answers_it_in_its_one_shape() -> None:
    answer = answer_to(RequestFactory().get("/api/v1/attachments/1"), ContentsAway(WHY))
    assert answer.status_code == 503
    error = json.loads(answer.content)["error"]
    assert (error["code"], error["fields"]) == ("unavailable", [])
    assert "AccessDenied" not in error["message"]
