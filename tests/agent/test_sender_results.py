# SPDX-License-Identifier: Apache-2.0
"""Results of checks on their way: delivered beside the samples, never in their way, never lost silently."""

import pytest
from steward_agent.protocol.inventory import Inventory
from steward_agent.protocol.policy import AssignedCheck, Policy
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.results import CheckResult, Verdict, encode_result
from steward_agent.sender import RESULTS_PATH, SAMPLES_PATH
from steward_agent.spool_file import Record

from tests.agent.memory_gateway import Trouble
from tests.agent.test_sender import T0, Bench


@pytest.fixture
def bench(gateway, state, enrolment):
    made = Bench(gateway, state, enrolment)
    yield made
    made.spool.close()


def result(number, check="c-1"):
    return CheckResult(
        check=check, kind="http", at=T0 + 60_000 * number, began=T0 + 60_000 * number + 12, seconds=0.25,
        verdict=Verdict.FAILING, reason="unexpected_status", parameters={"status": 500, "expected": "200-299"},
        measured={"check.http.status": 500.0},
    )  # fmt: skip


def observe(bench, *numbers, check="c-1"):
    made = [result(number, check) for number in numbers]
    bench.spool.observed({}, [Record(each.check, each.at, encode_result(each)) for each in made])
    return made


def taken(gateway):
    return sorted(gateway.results.values(), key=lambda one: one.at)


def test_results_arrive_as_they_were_observed(bench, gateway):
    made = observe(bench, *range(5))
    bench.measure(2)
    assert bench.go()
    assert taken(gateway) == made
    assert bench.stored() == bench.put
    assert bench.spool.state().records == 0
    assert bench.report.results == 5


def test_a_lost_answer_repeats_results_and_changes_nothing(bench, gateway):
    made = observe(bench, 0, 1)
    gateway.troubles.append(Trouble(RESULTS_PATH, cut_after_work=True))
    assert bench.go(3) is False
    bench.restart()
    bench.now += 3600
    assert bench.go()
    assert taken(gateway) == made
    assert gateway.repeated_results == 2


def test_an_outage_holds_both_back_and_loses_neither(bench, gateway):
    bench.go()
    gateway.stop()
    made = []
    for number in range(30):
        made += observe(bench, number)
        bench.measure()
        bench.go(2)
    bench.restart()
    gateway.start()
    assert bench.go(400)
    assert taken(gateway) == made
    assert bench.stored() == bench.put


def test_neither_waits_for_all_of_the_other(bench, gateway):
    observe(bench, *range(1200))
    bench.measure(400)
    bench.go(12)
    paths = [path for path in gateway.paths() if path in (RESULTS_PATH, SAMPLES_PATH)]
    assert paths[:4] in (
        [SAMPLES_PATH, RESULTS_PATH, SAMPLES_PATH, RESULTS_PATH],
        [RESULTS_PATH, SAMPLES_PATH, RESULTS_PATH, SAMPLES_PATH],
    )


def test_a_gateway_of_before_takes_no_results_and_samples_go_on(bench, gateway):
    gateway.takes_results = False
    made = observe(bench, 0)
    bench.measure(2)
    assert bench.go()
    assert bench.stored() == bench.put
    assert bench.report.delivery == "done"
    assert gateway.paths().count(RESULTS_PATH) == 1
    assert bench.spool.state().records == 1
    gateway.takes_results = True
    bench.now += 301
    assert bench.go()
    assert taken(gateway) == made


@pytest.mark.parametrize("code", [Refusal.TOO_LARGE, Refusal.MALFORMED])
def test_refused_results_are_sent_in_smaller_parts_until_the_one_is_found(bench, gateway, code):
    made = observe(bench, *range(9))
    gateway.refuse_result_at = (made[4].at, code)
    assert bench.go(200)
    assert taken(gateway) == [each for each in made if each.at != made[4].at]
    assert bench.spool.last_aside()[1].startswith("because of")
    assert bench.spool.state().records == 0


def test_a_store_that_is_down_holds_results_back(bench, gateway):
    made = observe(bench, 0)
    gateway.refuse_next(RESULTS_PATH, Refusal.STORE_DOWN, Retry_After="7")
    assert bench.go()
    assert max(bench.pauses) >= 7
    assert taken(gateway) == made


def test_assigned_checks_come_with_the_policy_and_capabilities_go_with_the_inventory(bench, gateway):
    assigned = [AssignedCheck("c-1", "http", 60, 10.0, {"url": "https://example.com/"})]
    gateway.policy = Policy(checks=assigned)
    bench.document = Inventory(collected_at=1, agent_version="0", checks={"http": 1})
    assert bench.go()
    assert bench.policies[-1].checks == assigned
    assert gateway.inventories[-1].checks == {"http": 1}
