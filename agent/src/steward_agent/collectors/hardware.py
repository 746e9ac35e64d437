# SPDX-License-Identifier: Apache-2.0
"""Maker, model and serial number, processor, memory, disks."""

import platform
from pathlib import Path

import msgspec
import psutil

from steward_agent.collectors.readings import Kind
from steward_agent.protocol.inventory import MAX_DISKS, Disk, Hardware
from steward_agent.protocol.text import printable

SLUG = "hardware"
KIND = Kind.INVENTORY
_SECTOR_BYTES = 512
_NOT_DISKS = ("loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd")
_SMALL_FILE = 1024 * 1024


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`serials`: whether serial numbers are sent (they need root to be read)."""

    enabled: bool = True
    serials: bool = True


def collect(config: Config, root: Path = Path("/")) -> Hardware:
    """Whatever the kernel tells this user; the rest stays empty. `root` is where `/proc` and `/sys` are."""
    dmi = root / "sys/class/dmi/id"
    cpu = _cpu_facts(root)
    return Hardware(
        vendor=_line(dmi / "sys_vendor"),
        model=_line(dmi / "product_name") or _line(root / "proc/device-tree/model"),
        serial=_line(dmi / "product_serial") if config.serials else "",
        firmware=_line(dmi / "bios_version"),
        cpu_model=cpu or printable(platform.processor()),
        cores=psutil.cpu_count(logical=False) or 0,
        threads=psutil.cpu_count() or 0,
        memory_bytes=psutil.virtual_memory().total,
        virtualization=_virtualization(root, _line(dmi / "sys_vendor"), _line(dmi / "product_name")),
        disks=_disks(root / "sys/block", config),
    )


def _cpu_facts(root: Path) -> str:
    for line in _text(root / "proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return printable(value.strip())
    return ""


def _virtualization(root: Path, vendor: str, product: str) -> str:
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    words = f"{vendor} {product}".lower()
    for word, name in (
        ("qemu", "kvm"),
        ("kvm", "kvm"),
        ("vmware", "vmware"),
        ("virtualbox", "virtualbox"),
        ("microsoft corporation virtual", "hyper-v"),
        ("xen", "xen"),
        ("amazon ec2", "amazon"),
        ("google compute", "google"),
    ):
        if word in words:
            return name
    flagged = any(
        line.startswith("flags") and " hypervisor" in line for line in _text(root / "proc/cpuinfo").splitlines()
    )
    return "unknown hypervisor" if flagged else ""


def _disks(block: Path, config: Config) -> list[Disk]:
    if not block.is_dir():
        return []
    names = sorted(path.name for path in block.iterdir() if not path.name.startswith(_NOT_DISKS))
    return [_disk(block / name, config) for name in names[:MAX_DISKS]]


def _disk(path: Path, config: Config) -> Disk:
    sectors, rotational = _line(path / "size"), _line(path / "queue/rotational")
    return Disk(
        name=printable(path.name, 64),
        size_bytes=int(sectors) * _SECTOR_BYTES if sectors.isdigit() else 0,
        model=_line(path / "device/model"),
        serial=_line(path / "device/serial") if config.serials else "",
        rotational={"0": False, "1": True}.get(rotational),
    )


def _text(path: Path) -> str:
    try:
        with path.open("r", encoding="utf-8", errors="replace") as file:
            return file.read(_SMALL_FILE)
    except OSError:
        return ""


def _line(path: Path) -> str:
    return printable(_text(path).strip("\0 \n\t"))
