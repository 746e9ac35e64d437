# SPDX-License-Identifier: Apache-2.0
"""Values against the kernel's own files and the machine's own tools; counters, resets and pauses."""

import os
import socket
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.collectors import cpu, disk_io, filesystems, load, memory, nics
from steward_agent.collectors.readings import MAX_PAUSE_S, Past, reading


class Ticking:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def values(readings) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {(one.name, one.labels): one.value for one in readings}


# ── counters ──


def test_a_counter_becomes_a_rate_per_second():
    clock = Ticking()
    past = Past(clock)
    assert past.rates("sda", (100, 10)) is None
    clock.now = 30
    assert past.rates("sda", (400, 10)) == [10, 0]


def test_a_reset_says_nothing_and_the_next_is_right_again():
    clock = Ticking()
    past = Past(clock)
    seen = []
    for counter in (1000, 1300, 50, 350):
        seen.append(past.rates("sda", (counter, 7)))
        clock.now += 30
    assert seen == [None, [10, 0], None, [10, 0]]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 2**64), min_size=2, max_size=20), st.lists(st.floats(0.1, 1000), min_size=20, max_size=20)
)
def test_no_rate_is_ever_negative_or_of_a_pause(counters, steps):
    clock = Ticking()
    past = Past(clock)
    last = 0.0
    for counter, step in zip(counters, steps, strict=False):
        rates = past.rates("x", (counter,))
        assert rates is None or (rates[0] >= 0 and last <= MAX_PAUSE_S)
        clock.now += step
        last = step


def test_devices_that_are_gone_are_forgotten():
    clock = Ticking()
    past = Past(clock)
    for device in range(1000):
        past.rates(device, (1,))
        clock.now += 10
        past.forget_gone()
    assert len(past._seen) <= MAX_PAUSE_S / 10 + 1


def test_the_same_moment_twice_is_no_division_by_zero():
    past = Past(lambda: 1.0)
    past.rates("x", (1,))
    assert past.rates("x", (2,)) is None


# ── against the kernel ──


def test_memory_agrees_with_the_kernel():
    kernel = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    total, available = (int(kernel[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    seen = values(memory.collect(memory.Config(), Past()))
    assert seen["memory.total_bytes", ()] == total
    assert seen["memory.available_bytes", ()] == pytest.approx(available, rel=0.05)
    assert seen["memory.used_bytes", ()] + seen["memory.available_bytes", ()] == total


def test_load_and_uptime_agree_with_the_kernel():
    seen = values(load.collect(load.Config(), Past()))
    kernel = [float(part) for part in Path("/proc/loadavg").read_text().split()[:3]]
    for minutes, expected in zip((1, 5, 15), kernel, strict=True):
        assert seen[f"load.{minutes}", ()] == pytest.approx(expected, abs=0.5)
    assert seen["host.uptime_seconds", ()] == pytest.approx(float(Path("/proc/uptime").read_text().split()[0]), abs=5)


def test_processor_shares_add_up_and_see_work():
    clock = Ticking()
    past = Past(clock)
    list(cpu.collect(cpu.Config(), past))
    before = os.times()
    while os.times().user + os.times().system - before.user - before.system < 0.3:
        sum(range(10_000))
    clock.now = 1
    seen = values(cpu.collect(cpu.Config(), past))
    shares = [value for (name, _), value in seen.items() if name == "cpu.percent"]
    assert sum(shares) == pytest.approx(100, abs=0.1)
    assert seen["cpu.percent", (("mode", "user"),)] > 5
    assert seen["cpu.used_percent", ()] == pytest.approx(
        100 - seen["cpu.percent", (("mode", "idle"),)] - seen["cpu.percent", (("mode", "iowait"),)], abs=0.1
    )


def test_the_root_filesystem_agrees_with_df():
    seen = values(filesystems.collect(filesystems.Config(), Past()))
    done = subprocess.run(
        ["df", "-B1", "--output=size,used,avail,itotal,iused", "/"], capture_output=True, text=True, check=True
    )
    size, used, free, inodes, inodes_used = (int(part) for part in done.stdout.splitlines()[1].split())
    mount = (("mount", "/"),)
    assert seen["fs.total_bytes", mount] == size
    assert seen["fs.used_bytes", mount] == pytest.approx(used, rel=0.02)
    assert seen["fs.free_bytes", mount] == pytest.approx(free, rel=0.02)
    assert seen["fs.used_percent", mount] == pytest.approx(100 * used / (used + free), abs=0.5)
    if inodes:
        assert seen["fs.inodes_used", mount] == pytest.approx(inodes_used, rel=0.02)


@pytest.mark.parametrize(
    ("mount", "default", "with_tmpfs", "with_loop", "with_network"),
    [
        (("/dev/sda1", "/", "ext4"), True, True, True, True),
        (("/dev/vg/home", "/home", "xfs"), True, True, True, True),
        (("tmpfs", "/tmp", "tmpfs"), False, True, False, False),
        (("/dev/loop3", "/media/image", "ext4"), False, False, True, False),
        (("/dev/loop0", "/opt/image", "squashfs"), False, False, True, False),
        (("/dev/loop0", "/snap/core/1", "squashfs"), False, False, False, False),
        (("nas:/srv", "/srv", "nfs4"), False, False, False, True),
        (("proc", "/proc", "proc"), False, False, False, False),
        (("cgroup2", "/sys/fs/cgroup", "cgroup2"), False, False, False, False),
        (("overlay", "/", "overlay"), True, True, True, True),
        (("overlay", "/var/lib/docker/overlay2/x/merged", "overlay"), False, False, False, False),
    ],
)
def test_which_mounts_are_looked_at(mount, default, with_tmpfs, with_loop, with_network):
    config = filesystems.Config
    assert filesystems.wanted(config(), *mount) is default
    assert filesystems.wanted(config(tmpfs=True), *mount) is with_tmpfs
    assert filesystems.wanted(config(loop=True), *mount) is with_loop
    assert filesystems.wanted(config(network=True), *mount) is with_network


def test_each_filesystem_is_seen_once_and_tmpfs_when_asked():
    plain = {labels for _, labels in values(filesystems.collect(filesystems.Config(), Past()))}
    more = {labels for _, labels in values(filesystems.collect(filesystems.Config(tmpfs=True), Past()))}
    assert plain < more
    devices = [Path(mount).stat().st_dev for ((_, mount),) in more]
    assert len(set(devices)) == len(devices)


def test_writing_to_the_disk_is_seen(tmp_path):
    clock = Ticking()
    past = Past(clock)
    config = disk_io.Config()
    list(disk_io.collect(config, past))
    with (tmp_path / "file").open("wb") as file:
        file.write(os.urandom(8 * 1024 * 1024))
        file.flush()
        os.fsync(file.fileno())
    clock.now = 10
    seen = values(disk_io.collect(config, past))
    if not seen:
        pytest.skip("this machine shows no disks")
    written = sum(value for (name, _), value in seen.items() if name == "disk.write_bytes")
    assert written >= 8 * 1024 * 1024 / 10 * 0.9
    assert all(0 <= value <= 100 for (name, _), value in seen.items() if name == "disk.busy_percent")


def test_network_rates_come_from_the_kernels_counters():
    clock = Ticking()
    past = Past(clock)
    config = nics.Config(exclude=())
    assert list(nics.collect(config, past)) == []
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target,
    ):
        target.bind(("127.0.0.1", 0))
        for _ in range(100):
            sender.sendto(bytes(1000), target.getsockname())
    clock.now = 10
    seen = values(nics.collect(config, past))
    assert seen["net.in_bytes", (("nic", "lo"),)] >= 100 * 1000 / 10
    assert seen["net.out_packets", (("nic", "lo"),)] >= 10
    assert not any(dict(labels)["nic"] == "lo" for _, labels in values(nics.collect(nics.Config(), past)))


@settings(deadline=None)
@given(st.text(max_size=400), st.floats(allow_nan=True, allow_infinity=True))
def test_a_reading_is_fit_to_travel_whatever_the_kernel_names_it(mount, value):
    one = reading("fs.used_percent", value, mount=mount)
    assert len(one.labels[0][1]) <= 256
    assert one.labels[0][1].encode() == one.labels[0][1].encode(errors="replace")
    assert "\n" not in one.labels[0][1]
