# SPDX-License-Identifier: Apache-2.0
"""Installed packages, from dpkg's own list or from rpm."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from steward_agent.collectors.readings import Kind
from steward_agent.protocol.inventory import MAX_PACKAGES, Package, Packages
from steward_agent.protocol.text import printable

SLUG = "packages"
KIND = Kind.INVENTORY
_DPKG_STATUS = Path("var/lib/dpkg/status")
_RPM = ("rpm", "-qa", "--queryformat", "%{NAME}\\t%{EPOCH}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n")
_RPM_SECONDS = 60
_FIELDS = ("Package", "Status", "Version", "Architecture")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enabled`: whether to look at all."""

    enabled: bool = True


def collect(_config: Config, root: Path = Path("/")) -> Packages | None:
    """None where neither package manager is known. `root` is where `/var` is.

    Raises:
        OSError, subprocess.SubprocessError: when the manager is there and its list can't be read.
    """
    status = root / _DPKG_STATUS
    if status.exists():
        # Line by line: the file has megabytes, of which four fields are wanted.
        with status.open("r", encoding="utf-8", errors="replace") as lines:
            return _sorted("dpkg", dpkg_packages(lines))
    if shutil.which("rpm") is None:
        return None
    done = subprocess.run(_RPM, capture_output=True, timeout=_RPM_SECONDS, check=True, stdin=subprocess.DEVNULL)
    return _sorted("rpm", rpm_packages(done.stdout.decode("utf-8", "replace").splitlines()))


def dpkg_packages(lines: Iterable[str]) -> Iterator[Package]:
    """The packages installed according to the lines of dpkg's status file."""
    stanza: dict[str, str] = {}
    for line in lines:
        if line.strip():
            key, colon, value = line.partition(":")
            if colon and key in _FIELDS:
                stanza[key] = value.strip()
            continue
        yield from _from_stanza(stanza)
        stanza = {}
    yield from _from_stanza(stanza)


def rpm_packages(lines: Iterable[str]) -> Iterator[Package]:
    """The packages in the lines that `rpm -qa` was asked for."""
    for line in lines:
        parts = line.split("\t")
        # Public keys are listed as if they were packages.
        if len(parts) != 4 or parts[0] == "gpg-pubkey":
            continue
        name, epoch, version, arch = parts
        yield from _package(name, version if epoch in ("(none)", "0") else f"{epoch}:{version}", arch)


def _from_stanza(stanza: dict[str, str]) -> Iterator[Package]:
    # "install ok installed", "hold ok installed"; not "deinstall ok config-files".
    if stanza.get("Status", "").endswith(" installed"):
        yield from _package(stanza.get("Package", ""), stanza.get("Version", ""), stanza.get("Architecture", ""))


def _package(name: str, version: str, arch: str) -> Iterator[Package]:
    if name and name.isascii() and name.isprintable() and " " not in name:
        yield Package(name[:256], printable(version), printable(arch, 64))


def _sorted(manager: str, packages: Iterable[Package]) -> Packages:
    found = sorted(packages, key=lambda package: (package.name, package.arch, package.version))
    return Packages(manager, found[:MAX_PACKAGES])
