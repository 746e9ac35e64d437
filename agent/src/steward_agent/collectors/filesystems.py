# SPDX-License-Identifier: Apache-2.0
"""Space and inodes of mounted filesystems, each once, however often it is mounted."""

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "filesystems"
KIND = Kind.METRICS
METRICS = (
    "fs.total_bytes",
    "fs.used_bytes",
    "fs.free_bytes",
    "fs.used_percent",
    "fs.inodes_used",
    "fs.inodes_percent",
)
_LOCAL = {
    "apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfs", "jfs", "msdos", "ntfs",
    "ntfs3", "reiserfs", "ufs", "vfat", "xfs", "zfs",
}  # fmt: skip
_MEMORY = {"tmpfs", "ramfs"}
# A server that is gone holds up whoever asks about its mount, for ever: never asked about unless wanted.
_NETWORK = {"9p", "afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "nfs", "nfs4", "smb3", "virtiofs"}


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`loop`, `tmpfs`, `network`: whether to look at such mounts; `exclude`: patterns of mount points to leave out."""

    enabled: bool = True
    loop: bool = False
    tmpfs: bool = False
    network: bool = False
    exclude: tuple[str, ...] = ("/var/lib/docker/*", "/var/lib/containers/*", "/var/lib/kubelet/*", "/snap/*")


def collect(config: Config, _past: Past) -> Iterator[Reading]:
    for mount, space in _mounted(config):
        yield from _readings(mount, space)


def wanted(config: Config, device: str, mount: str, kind: str) -> bool:
    """Whether a mount of filesystem type `kind` is looked at."""
    if any(fnmatch(mount, pattern) for pattern in config.exclude):
        return False
    if kind in _MEMORY:
        return config.tmpfs
    if kind in _NETWORK:
        return config.network
    if device.startswith("/dev/loop") or kind == "squashfs":
        return config.loop
    # The root of a container is an overlay over its host's disk.
    return kind in _LOCAL or (kind == "overlay" and mount == "/")


def _mounted(config: Config) -> Iterator[tuple[str, os.statvfs_result]]:
    parts = psutil.disk_partitions(all=True)
    mounts = {part.mountpoint for part in parts if wanted(config, part.device, part.mountpoint, part.fstype)}
    seen: set[int] = set()
    # The shortest path names a filesystem that is mounted in several places.
    for mount in sorted(mounts, key=lambda path: (len(path), path)):
        try:
            facts = Path(mount).stat()
            space = os.statvfs(mount)
        except OSError:
            # Gone meanwhile, or not for this user's eyes.
            continue
        if facts.st_dev not in seen and stat.S_ISDIR(facts.st_mode) and space.f_blocks:
            seen.add(facts.st_dev)
            yield mount, space


def _readings(mount: str, space: os.statvfs_result) -> Iterator[Reading]:
    used = (space.f_blocks - space.f_bfree) * space.f_frsize
    free = space.f_bavail * space.f_frsize
    yield reading("fs.total_bytes", space.f_blocks * space.f_frsize, mount=mount)
    yield reading("fs.used_bytes", used, mount=mount)
    yield reading("fs.free_bytes", free, mount=mount)
    if used + free:
        yield reading("fs.used_percent", 100 * used / (used + free), mount=mount)
    if space.f_files:
        inodes = space.f_files - space.f_ffree
        yield reading("fs.inodes_used", inodes, mount=mount)
        yield reading("fs.inodes_percent", 100 * inodes / space.f_files, mount=mount)
