# SPDX-License-Identifier: Apache-2.0
"""A3, of what is a client's and not yet theirs to see: a report that is not issued is found by no way around its own list."""

from datetime import date

import pytest

from steward.business.reports.models import Report, ReportState
from steward.business.reports.search import index
from steward.core.identity.public import User
from steward.core.records.public import find_record, record_ref
from steward.core.search.public import find
from steward.core.tenancy.public import Client, scoped, system_scope
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db


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
