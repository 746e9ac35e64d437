# SPDX-License-Identifier: Apache-2.0
"""A3, of what is a client's and not yet theirs to see: a report that is not issued, a contract that is being written."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client as Browser

from steward.business.reports.models import Report, ReportState
from steward.business.reports.search import index
from steward.core.identity.public import User
from steward.core.records.public import find_record, record_ref
from steward.core.search.public import find
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.promises.agreements.models import Agreement
from steward.promises.agreements.search import index as index_contract
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]


@pytest.fixture
def drafted(acme: Client) -> Report:
    with scoped(system_scope("tests")):
        made = Report.objects.create(client=acme, number="RP-4711", month=date(2026, 9, 1), timezone="UTC")
        made.refresh_from_db()
        index(made)
    return made


def test_a_draft_is_not_found_by_the_clients_people_and_by_the_staff(
    drafted: Report, alice: User, tess: User, acting: Acting
) -> None:
    ref = record_ref(drafted)
    with acting(alice):
        assert list(find("RP-4711")) == []
        assert find_record(ref) is None
    with acting(tess):
        assert [each.ref for each in find("RP-4711")] == [ref]
        Report.objects.update(state=ReportState.ISSUED)
    with acting(alice):
        assert [each.ref for each in find("RP-4711")] == [ref]


def test_a_contract_that_is_being_written_is_nowhere_for_the_clients_people(
    acme: Client, alice: User, tess: User, acting: Acting, browse: Browse
) -> None:
    with scoped(system_scope("tests")):
        made = Agreement.objects.create(
            client=acme, number="CT-4711", title="Higher prices", timezone="UTC", starts_on=date(2026, 9, 1)
        )
        made.refresh_from_db()
        index_contract(made)
    ref = record_ref(made)
    with acting(alice):
        assert list(find("CT-4711")) == []
        assert find_record(ref) is None
    for path in ("/agreements/", "/agreements/CT-4711/", "/api/v1/agreements", "/api/v1/agreements/CT-4711"):
        assert "Higher prices" not in browse(alice).get(path).content.decode(), path
    assert "Higher prices" in browse(tess).get("/agreements/").content.decode()
    with acting(tess):
        assert [each.ref for each in find("CT-4711")] == [ref]
        Agreement.objects.update(state=Agreement.State.ACTIVE)
    with acting(alice):
        assert [each.ref for each in find("CT-4711")] == [ref]
    assert "Higher prices" in browse(alice).get("/agreements/").content.decode()
