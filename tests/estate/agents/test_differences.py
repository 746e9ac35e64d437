# SPDX-License-Identifier: Apache-2.0
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steward.estate.agents.differences import LONGEST, MOST, Difference, differences

BEFORE: dict[str, Any] = {
    "hardware": {
        "cpu_model": "EPYC",
        "cores": 4,
        "memory_bytes": 8,
        "disks": [{"name": "vda", "size_bytes": 100}, {"name": "vdb", "size_bytes": 5}],
    },
    "system": {"name": "Debian 12", "kernel": "6.1.1", "boot": "aa", "booted_at": 1_000},
    "packages": {"manager": "dpkg", "installed": [["bash", "5.2", "amd64"], ["curl", "7.88", "amd64"]]},
    "addresses": {
        "fqdn": "",
        "interfaces": [{"name": "eth0", "mac": "02:00", "up": True, "addresses": [{"ip": "192.0.2.2", "prefix": 24}]}],
    },
}


def changed(section: str, **values: Any) -> list[Difference]:
    return differences(BEFORE, BEFORE | {section: BEFORE[section] | values})


def test_what_is_the_same_is_no_difference() -> None:
    assert differences(BEFORE, BEFORE) == []


def test_a_package_is_added_removed_or_changed() -> None:
    found = changed("packages", installed=[["bash", "5.3", "amd64"], ["wget", "1.21", "amd64"]])
    assert found == [
        Difference("packages", "changed", "bash:amd64", "5.2", "5.3"),
        Difference("packages", "removed", "curl:amd64", "7.88", ""),
        Difference("packages", "added", "wget:amd64", "", "1.21"),
    ]


def test_hardware_and_disks() -> None:
    found = changed("hardware", memory_bytes=16, disks=[{"name": "vda", "size_bytes": 200}])
    assert [(each.path, each.before, each.after) for each in found] == [
        ("disk/vda/size_bytes", "100", "200"),
        ("disk/vdb/size_bytes", "5", ""),
        ("memory_bytes", "8", "16"),
    ]


def test_a_restart_is_told_by_the_kernel_and_not_by_a_clock_that_wanders() -> None:
    assert changed("system", booted_at=61_000) == []
    assert [each.path for each in changed("system", boot="bb", booted_at=999_000)] == ["boot"]


def test_addresses_come_and_go_and_a_cable_is_no_news() -> None:
    assert changed("addresses", interfaces=[BEFORE["addresses"]["interfaces"][0] | {"up": False}]) == []
    moved = [BEFORE["addresses"]["interfaces"][0] | {"addresses": [{"ip": "192.0.2.3", "prefix": 24}]}]
    assert [(each.kind, each.path) for each in changed("addresses", interfaces=moved)] == [
        ("removed", "address/eth0/192.0.2.2"),
        ("added", "address/eth0/192.0.2.3"),
    ]


def test_a_section_that_could_not_be_collected_says_nothing() -> None:
    assert differences(BEFORE, BEFORE | {"packages": None}) == []
    assert differences(BEFORE | {"packages": None}, BEFORE) == []


def test_too_many_are_cut_and_it_is_said() -> None:
    many = [[f"p{each:05}", "1", ""] for each in range(MOST + 50)]
    found = changed("packages", installed=many)
    assert len(found) == MOST + 1
    assert (found[-1].path, found[-1].after) == ("more", "52")


def test_what_is_long_is_cut() -> None:
    (found,) = changed("system", kernel="x" * 1000)
    assert len(found.after) == LONGEST


packages = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("123.", min_size=1, max_size=4), max_size=6)


@given(packages, packages)
def test_applying_the_differences_to_the_old_gives_the_new(old: dict[str, str], new: dict[str, str]) -> None:
    def section(given_packages: dict[str, str]) -> dict[str, Any]:
        return {"packages": {"installed": [[name, version, ""] for name, version in given_packages.items()]}}

    result = dict(old)
    for each in differences(section(old), section(new)):
        if each.kind == "removed":
            del result[each.path]
        else:
            result[each.path] = each.after
    assert result == new
