# SPDX-License-Identifier: Apache-2.0
"""What holds for every collector there is or will be; nobody can opt out."""

from types import ModuleType

import msgspec
import pytest
from steward_agent.collectors.metrics import METRICS, TABLE
from steward_agent.collectors.readings import Kind, Past
from steward_agent.collectors.registry import BadCollector, collectors, registered
from steward_agent.protocol.inventory import Inventory, decode_inventory, encode_inventory
from steward_agent.protocol.series import Series, decode_register, encode_register

BY_RUNNER = {
    "agent.clock_offset_seconds",
    "agent.spool_samples",
    "agent.spool_bytes",
    "agent.dropped_samples",
    "agent.refused_samples",
    "agent.dropped_results",
    "agent.hanging_checks",
    "agent.failed_collectors",
}
of_metrics = [one for one in collectors().values() if one.kind is Kind.METRICS]
of_inventory = [one for one in collectors().values() if one.kind is Kind.INVENTORY]


def test_the_collectors_are_these():
    assert {one.slug for one in of_metrics} == {
        "agent_process",
        "cpu",
        "disk_io",
        "filesystems",
        "load",
        "memory",
        "nics",
    }
    assert {one.slug for one in of_inventory} == {"addresses", "hardware", "os", "packages"}


@pytest.mark.parametrize("collector", of_metrics, ids=lambda one: one.slug)
def test_readings_are_named_labelled_rounded_and_fit_to_travel(collector):
    tick = [0.0]
    past = Past(lambda: tick[0])
    config = collector.config_type()
    list(collector.collect(config, past))
    tick[0] += 30
    readings = list(collector.collect(config, past))
    for one in readings:
        metric = METRICS[one.name]
        assert one.name in collector.metrics
        assert tuple(label for label, _ in one.labels) == tuple(sorted(metric.labels))
        assert one.value == round(one.value, metric.decimals)
    assert len({(one.name, one.labels) for one in readings}) == len(readings)
    if readings:
        decode_register(encode_register([Series(one.name, dict(one.labels)) for one in readings]))


@pytest.mark.parametrize("collector", of_inventory, ids=lambda one: one.slug)
def test_sections_are_fit_to_travel(collector):
    section = collector.collect(collector.config_type())
    document = msgspec.structs.replace(Inventory(collected_at=1, agent_version="0"), **{collector.slug: section})
    assert decode_inventory(encode_inventory(document)) == document


def test_every_metric_of_the_table_is_sent_by_exactly_one():
    sent = [name for one in of_metrics for name in one.metrics]
    assert sorted([*sent, *BY_RUNNER]) == sorted(METRICS)
    assert len(METRICS) == len(TABLE)


def test_every_metric_is_described():
    for metric in TABLE:
        assert metric.description[0].isupper()
        assert not metric.description.endswith(".")


def module(**changes) -> ModuleType:
    class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        enabled: bool = True

    made = ModuleType("made", "Looks at something.")
    parts = {"SLUG": "made", "KIND": Kind.METRICS, "METRICS": ("load.1",), "Config": Config, "collect": lambda c, p: ()}
    for name, part in (parts | changes).items():
        setattr(made, name, part)
    return made


class _Loose(msgspec.Struct):
    enabled: bool = True


class _Asking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    wanted: int
    enabled: bool = True


def test_a_module_that_keeps_the_rules_is_taken():
    assert registered([module()])["made"].summary == "Looks at something."


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"SLUG": "Not A Slug"}, "SLUG"),
        ({"KIND": "metrics"}, "KIND"),
        ({"Config": dict}, "Config"),
        ({"Config": _Loose}, "frozen"),
        ({"Config": _Asking}, "defaults"),
        ({"collect": None}, "collect"),
        ({"METRICS": ()}, "METRICS"),
        ({"METRICS": ("made.up",)}, "table of metrics"),
        ({"KIND": Kind.INVENTORY, "METRICS": ()}, "section of Inventory"),
        ({"__doc__": ""}, "docstring"),
    ],
)
def test_a_module_that_breaks_a_rule_is_refused_by_name(changes, rule):
    with pytest.raises(BadCollector, match=f"made: .*{rule}"):
        registered([module(**changes)])


def test_two_with_one_slug_or_one_metric_are_refused():
    with pytest.raises(BadCollector, match="is taken"):
        registered([module(), module()])
    with pytest.raises(BadCollector, match="already"):
        registered([module(), module(SLUG="other")])
