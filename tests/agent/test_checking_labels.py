# SPDX-License-Identifier: Apache-2.0
"""Samples that a check tells apart by a label of its own: registered as such, and no series without end."""

from itertools import count

from steward_agent.checking import MAX_LABELS, Checking
from steward_agent.checks.machine import Machine, Plugins
from steward_agent.checks.place import Place
from steward_agent.protocol.policy import AssignedCheck
from steward_agent.spool import Spool

from tests.agent.checks.own_machine import looking
from tests.agent.memory_gateway import until


def test_performance_data_becomes_samples_of_their_own_series(tmp_path):
    tmp_path.chmod(0o755)
    plugin = tmp_path / "check_x"
    plugin.write_text("#!/bin/sh\necho \"OK | 'C: used'=5KB load=1.5\"\n")
    plugin.chmod(0o755)
    spool = Spool(tmp_path / "spool.sqlite")
    place = Place(machine=Machine(plugins=Plugins((str(tmp_path),))))
    checking = Checking(spool, place, 17, spooled=lambda: None)
    with looking(checking):
        checking.assign([AssignedCheck("a", "plugin", 3600, 5.0, {"plugin": "check_x"})])
        until(spool.next_records, 10, "a result")
    batch = spool.next_batch()
    kept = dict(zip(batch.ticks[0].keys, batch.ticks[0].values, strict=True))
    assert kept[("check.plugin.perf_bytes", (("check", "a"), ("perf", "C: used")))] == 5120
    assert kept[("check.plugin.perf_value", (("check", "a"), ("perf", "load")))] == 1.5
    assert kept[("check.verdict", (("check", "a"),))] == 0
    spool.close()


def test_one_that_labels_itself_anew_at_every_look_gets_no_series_without_end(tmp_path):
    tmp_path.chmod(0o755)
    plugin = tmp_path / "check_x"
    plugin.write_text('#!/bin/sh\nprintf "OK |"; for i in 1 2 3 4 5 6 7 8 9; do printf " $$.$i=1"; done\n')
    plugin.chmod(0o755)
    spool = Spool(tmp_path / "spool.sqlite")
    place = Place(machine=Machine(plugins=Plugins((str(tmp_path),))))
    # Every look at the clock is a second later: a turn each time.
    ticks = count(1_000_000)
    checking = Checking(spool, place, 17, spooled=lambda: None, clock=lambda: float(next(ticks)))
    with looking(checking):
        checking.assign([AssignedCheck("a", "plugin", 1, 1.0, {"plugin": "check_x"})])
        until(lambda: sum(b"\xa2ok" in each.body for each in spool.next_records(500, 10**7)) > 12, 20, "looks")
    labels = {key for batch in iter(lambda: taken(spool), None) for tick in batch.ticks for key in tick.keys}
    assert sum(name == "check.plugin.perf_value" for name, _ in labels) == MAX_LABELS
    spool.close()


def taken(spool):
    batch = spool.next_batch()
    if batch is not None:
        spool.acknowledge(batch)
    return batch
