# SPDX-License-Identifier: Apache-2.0
"""The clock over the API: whoever has signed in may check a clock by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.promises.sla.document import parse
from steward.promises.sla.explain import explained
from tests.promises.sla.documents import Json, example

Browse = Callable[[User], Browser]
ADDRESS = "/api/v1/sla/explain"


def explain(browser: Browser, document: Json, **headers: str) -> Any:
    return browser.post(ADDRESS, document, content_type="application/json", headers=headers)


def test_the_answer_is_that_of_the_clock(tess: User, browse: Browse) -> None:
    answer = explain(browse(tess), example())
    assert answer.status_code == 200, answer.content
    assert answer.json() == explained(parse(example()))


def test_a_fault_names_its_path(tess: User, browse: Browse) -> None:
    document = example()
    document["events"][5]["until"] = document["events"][5]["at"]
    answer = explain(browse(tess), document)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"] == [
        {"field": "events[5].until", "message": "at or before the event itself"}
    ]


def test_the_words_of_a_fault_are_the_readers(tess: User, browse: Browse) -> None:
    document = example() | {"now": "tomorrow"}
    answer = explain(browse(tess), document, **{"Accept-Language": "tr"})
    said = answer.json()["error"]["fields"][0]
    assert said["field"] == "now"
    assert "2026-03-27T13:50:00Z" in said["message"]


@pytest.mark.parametrize("broken", [{"events": [{}] * 1_001}, {"policy": []}, {"now": None}, {"more": 1}])
def test_what_has_no_form_is_refused_before_it_is_read(tess: User, browse: Browse, broken: Json) -> None:
    answer = explain(browse(tess), example() | broken)
    assert answer.status_code == 422
    assert next(iter(broken)) in answer.json()["error"]["fields"][0]["field"]


def test_a_stranger_is_sent_away(db: None) -> None:
    assert explain(Browser(), example()).status_code == 401
