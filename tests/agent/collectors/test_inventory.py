# SPDX-License-Identifier: Apache-2.0
"""Inventory from recorded files of other machines, and of this one beside its own tools."""

import shutil
import socket
import subprocess

import pytest
from steward_agent.collectors import addresses, hardware, operating_system, packages
from steward_agent.protocol.inventory import Package

DPKG = """\
Package: bash
Essential: yes
Status: install ok installed
Priority: required
Architecture: amd64
Version: 5.2.15-2+b7
Description: GNU Bourne Again SHell
 Version: not this one, it is text
 .
 more text

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: held
Status: hold ok installed
Architecture: all
Version: 2:1.0~rc1-1

Package: half
Status: install ok half-configured
Architecture: all
Version: 3
"""
RPM = """\
bash\t(none)\t5.1.8-6.el9\tx86_64
gpg-pubkey\t(none)\t8483c65d-5ccc5b19\t(none)
bind-libs\t32\t9.16.23-11.el9\tx86_64
broken line
zlib\t0\t1.2.11-40.el9\ti686
"""


def test_dpkgs_file_is_read_for_what_is_installed():
    assert list(packages.dpkg_packages(DPKG.splitlines(keepends=True))) == [
        Package("bash", "5.2.15-2+b7", "amd64"),
        Package("held", "2:1.0~rc1-1", "all"),
    ]


def test_rpms_answer_is_read_with_its_epochs():
    assert list(packages.rpm_packages(RPM.splitlines())) == [
        Package("bash", "5.1.8-6.el9", "x86_64"),
        Package("bind-libs", "32:9.16.23-11.el9", "x86_64"),
        Package("zlib", "1.2.11-40.el9", "i686"),
    ]


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="not a machine of dpkg")
def test_packages_agree_with_dpkg_itself():
    form = "${db:Status-Status}\\t${Package}\\t${Version}\\t${Architecture}\\n"
    done = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    expected = {(name, version, arch) for status, name, version, arch in rows if status == "installed"}
    found = packages.collect(packages.Config())
    assert found.manager == "dpkg"
    assert {(one.name, one.version, one.arch) for one in found.installed} == expected
    assert len(expected) > 20


def test_a_machine_without_either_manager_has_no_section(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert packages.collect(packages.Config(), tmp_path) is None


def put(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_hardware_of_a_server(tmp_path):
    put(
        tmp_path,
        sys__class__dmi__id__sys_vendor="Dell Inc.\n",
        sys__class__dmi__id__product_name="PowerEdge R740\n",
        sys__class__dmi__id__product_serial="ABC1234\n",
        sys__class__dmi__id__bios_version="2.19.1\n",
        proc__cpuinfo="processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Gold 6130\nflags\t\t: fpu vme\n",
        sys__block__sda__size="1953525168\n",
        sys__block__sda__queue__rotational="1\n",
        sys__block__sda__device__model="ST1000NX0443    \n",
        sys__block__nvme0n1__size="2000409264\n",
        sys__block__nvme0n1__queue__rotational="0\n",
        sys__block__nvme0n1__device__serial="S4EV\n",
        sys__block__loop0__size="100\n",
    )
    found = hardware.collect(hardware.Config(), tmp_path)
    assert (found.vendor, found.model, found.serial) == ("Dell Inc.", "PowerEdge R740", "ABC1234")
    assert found.cpu_model == "Intel(R) Xeon(R) Gold 6130"
    assert found.virtualization == ""
    nvme, sda = found.disks
    assert (sda.name, sda.size_bytes, sda.model, sda.rotational) == ("sda", 1953525168 * 512, "ST1000NX0443", True)
    assert (nvme.name, nvme.serial, nvme.rotational) == ("nvme0n1", "S4EV", False)
    quiet = hardware.collect(hardware.Config(serials=False), tmp_path)
    assert (quiet.serial, [disk.serial for disk in quiet.disks]) == ("", ["", ""])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sys__class__dmi__id__sys_vendor": "QEMU", "sys__class__dmi__id__product_name": "Standard PC"}, "kvm"),
        ({"sys__class__dmi__id__sys_vendor": "VMware, Inc."}, "vmware"),
        (
            {
                "sys__class__dmi__id__sys_vendor": "Microsoft Corporation",
                "sys__class__dmi__id__product_name": "Virtual Machine",
            },
            "hyper-v",
        ),
        ({"proc__cpuinfo": "flags\t: fpu hypervisor lahf\n"}, "unknown hypervisor"),
        ({"run__.containerenv": ""}, "podman"),
        ({}, ""),
    ],
)
def test_virtualization_is_told_from_what_the_kernel_shows(tmp_path, files, expected):
    put(tmp_path, **files)
    assert hardware.collect(hardware.Config(), tmp_path).virtualization == expected


def test_hostile_bytes_in_the_firmware_can_travel(tmp_path):
    path = tmp_path / "sys/class/dmi/id/sys_vendor"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe\x1b[2J" + b"A" * 5000)
    vendor = hardware.collect(hardware.Config(), tmp_path).vendor
    assert len(vendor) == 256
    assert "\x1b" not in vendor


def test_the_system_names_itself(tmp_path):
    put(
        tmp_path,
        **{"etc__os-release": 'PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\nID="rocky"\nVERSION_ID=\'9.4\'\n# ID=no\n'},
        etc__timezone="Europe/Istanbul\n",
    )
    found = operating_system.collect(operating_system.Config(), tmp_path)
    assert (found.distribution, found.version, found.name) == ("rocky", "9.4", "Rocky Linux 9.4 (Blue Onyx)")
    assert found.timezone == "Europe/Istanbul"
    assert found.hostname == socket.gethostname()
    assert found.booted_at % 60_000 == 0


def test_the_zone_is_read_from_the_link_where_there_is_no_file(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert operating_system.collect(operating_system.Config(), tmp_path).timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("netmask", "length"),
    [
        ("255.255.255.0", 24),
        ("255.255.255.255", 32),
        ("ffff:ffff:ffff:ffff::", 64),
        ("ffff::/16", 16),
        (None, None),
        ("x", None),
    ],
)
def test_netmasks_become_lengths(netmask, length):
    assert addresses.prefix_length(netmask) == length


def test_addresses_agree_with_the_kernel():
    found = addresses.collect(addresses.Config(exclude=()))
    loopback = next(one for one in found.interfaces if one.name == "lo")
    assert ("127.0.0.1", 8) in {(one.ip, one.prefix) for one in loopback.addresses}
    assert "lo" not in {one.name for one in addresses.collect(addresses.Config()).interfaces}
