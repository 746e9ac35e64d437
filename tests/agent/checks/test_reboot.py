# SPDX-License-Identifier: Apache-2.0
"""Signs of a pending restart, in trees of files as distributions leave them; kernels by names that were really given."""

import os
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks import reboot
from steward_agent.checks.reboot import is_newer, version_key
from steward_agent.protocol.results import Verdict

RUNNING = "6.1.0-18-amd64"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """`tree("boot/vmlinuz-…", text="…", age=…)`: a file of the machine, whose kernel is RUNNING."""
    monkeypatch.setattr(reboot, "ROOT", tmp_path)
    monkeypatch.setattr(reboot.os, "uname", lambda: os.uname_result(("Linux", "web", RUNNING, "#1", "x86_64")))

    def put(name: str, *, text: str = "", age: float = 0.0) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (time.time() - age,) * 2)

    return put


def test_a_machine_with_nothing_to_wait_for_is_well(ask, tree):
    tree(f"boot/vmlinuz-{RUNNING}")
    tree("boot/vmlinuz-6.1.0-17-amd64")
    seen = ask("reboot")
    assert (seen.verdict, seen.measured["check.reboot.pending_seconds"]) == (Verdict.OK, 0)


def test_what_packages_ask_for_is_told_with_their_names(ask, tree):
    tree(f"boot/vmlinuz-{RUNNING}")
    tree("run/reboot-required", text="*** System restart required ***", age=1000)
    tree("run/reboot-required.pkgs", text="linux-base\nlibc6\nlinux-base\n")
    seen = ask("reboot")
    assert (seen.verdict, seen.reason) == (Verdict.FAILING, "reboot_asked")
    assert seen.parameters["packages"] == "linux-base, libc6"
    assert 1000 <= seen.parameters["seconds"] < 1100
    assert seen.measured["check.reboot.pending_seconds"] == seen.parameters["seconds"]
    assert ask("reboot", max_pending_seconds=500).reason == "reboot_asked"
    later = ask("reboot", max_pending_seconds=86_400)
    assert (later.verdict, later.measured["check.reboot.pending_seconds"] >= 1000) == (Verdict.OK, True)


def test_a_package_asks_where_nothing_is_known_of_kernels(ask, tree):
    tree("run/reboot-needed", age=5)
    assert (ask("reboot").reason, ask("reboot").parameters["packages"]) == ("reboot_asked", "")


@pytest.mark.parametrize("image", ["boot/vmlinuz-{}", "lib/modules/{}/vmlinuz"])
def test_a_newer_kernel_waits_for_a_restart(ask, tree, image):
    for release in (RUNNING, "6.1.0-9-amd64", "6.1.0-21-amd64", "6.1.0-20-amd64", "6.9.0-1-rt-amd64"):
        tree(image.format(release))
    tree("boot/vmlinuz-0-rescue-9f3b")
    tree("boot/vmlinuz-linux")
    tree("lib/modules/9.9.9-99-amd64/kernel")
    seen = ask("reboot")
    assert (seen.verdict, seen.reason) == (Verdict.FAILING, "kernel_old")
    assert (seen.parameters["running"], seen.parameters["installed"]) == (RUNNING, "6.1.0-21-amd64")
    assert ask("reboot", max_pending_seconds=86_400).verdict is Verdict.OK
    assert ask("reboot", kernel=False).reason == "reboot_unknown"


@pytest.mark.parametrize("mark", [None, ".dockerenv", "run/systemd/container", "run/.containerenv"])
def test_where_nothing_can_be_learnt_it_is_unknown(ask, tree, mark):
    if mark is not None:
        # The kernel is the host's, whatever lies in /boot.
        tree(mark)
        tree("boot/vmlinuz-6.1.0-21-amd64")
    seen = ask("reboot")
    assert (seen.verdict, seen.reason, seen.parameters) == (Verdict.UNKNOWN, "reboot_unknown", {"running": RUNNING})
    assert "check.reboot.pending_seconds" not in seen.measured


def test_this_machine_is_looked_at_and_nothing_is_raised(ask):
    assert ask("reboot").reason in ("ok", "reboot_asked", "kernel_old", "reboot_unknown")


@pytest.mark.parametrize(
    "releases",
    [
        ["6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-18-amd64", "6.5.0-0.deb12.4-amd64", "6.5.0-1-amd64"],
        ["5.15.0-91-generic", "5.15.0-101-generic", "6.5.0-14-generic"],
        ["4.18.0-513.5.1.el8_9.x86_64", "4.18.0-513.11.1.el8_9.x86_64", "4.18.0-553.el8_10.x86_64"],
        ["5.14.0-362.8.1.el9_3.x86_64", "5.14.0-427.13.1.el9_4.x86_64"],
        ["6.6.9-arch1-1", "6.6.10-arch1-1", "6.7.0-arch3-1"],
        ["6.7.0-rc1", "6.7.0-rc2", "6.7.0", "6.7.1"],
        ["5.14.21-150500.55.39-default", "5.14.21-150500.55.44-default"],
    ],
)
def test_kernels_are_put_in_the_order_of_their_distribution(releases):
    for older, newer in pairwise(releases):
        assert is_newer(newer, older)
        assert not is_newer(older, newer)


@pytest.mark.parametrize("other", ["9.9.9-1-rt-amd64", "9.9.9-1-cloud-amd64", "9.9.9+debug", RUNNING])
def test_another_flavour_is_no_newer_kernel(other):
    assert not is_newer(other, RUNNING)


@given(st.text(), st.text("0123456789.-+abc~_"))
def test_releases_of_any_kind_are_compared(one, other):
    assert version_key(one) == version_key(one)
    assert not (is_newer(one, other) and is_newer(other, one))
