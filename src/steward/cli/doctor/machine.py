# SPDX-License-Identifier: Apache-2.0
"""Checks of the machine and of the data directory: true whether Steward runs or not."""

import ctypes
import os
import shutil
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from steward.cli import data_version, preflight
from steward.cli.doctor.findings import Finding, good, warning, wrong
from steward.cli.refusal import Refusal
from steward.core.recovery.process import last_made, recovery_key_file
from steward.settings.env import Settings
from steward.settings.ledger import LedgerError, find_cluster, postgres_version

BACKUP_AGE = timedelta(days=8)
CLOCK_LEAP = 120.0  # seconds a file may lie in the future before the clock is called wrong
TIME_ERROR = 5  # adjtimex: the clock is not synchronised


def python(_: Settings) -> Finding:
    """The interpreter is new enough."""
    found = sys.version.split()[0]
    if sys.version_info[:2] < preflight.OLDEST_PYTHON:
        return wrong("python", f"Python {found} is too old", "Install Python 3.11 or newer and run `make setup` again.")
    return good("python", f"Python {found}")


def programs(settings: Settings) -> Finding:
    """PostgreSQL's programs are there and run."""
    if settings.database_url is not None:
        return good("programs", "the ledger is a server elsewhere")
    try:
        find_cluster(settings.data_dir).run("postgres", "--version", timeout=20)
    except LedgerError as error:
        return wrong("programs", str(error), "Run `make setup` again.")
    return good("programs", f"PostgreSQL {postgres_version()}")


def disk(settings: Settings) -> Finding:
    """There is room."""
    folder = _nearest(settings.data_dir)
    usage = shutil.disk_usage(folder)
    share = preflight.disk_share(folder)
    found = f"{share:.0%} of the disk of {folder} is used, {usage.free // 1024**2} MB are free"
    if usage.free < preflight.LEAST_FREE:
        return wrong("disk", found, f"Free at least {preflight.LEAST_FREE // 1024**2} MB, or move STEWARD_DATA_DIR.")
    if share >= preflight.FULL:
        return warning("disk", found, "Free some of it before it is full: writing is refused then.")
    return good("disk", found)


def data_directory(settings: Settings) -> Finding:
    """The data directory is ours, closed to others, and was not written by something newer."""
    folder = settings.data_dir
    if not folder.exists():
        return warning("data", f"{folder} does not exist yet", "Start Steward once: `steward up`.")
    owner, mode = folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)
    if owner != os.geteuid() and os.geteuid() != 0:
        return wrong("data", f"{folder} belongs to another user", "Run this as the user who runs Steward.")
    if mode & 0o022:
        return wrong("data", f"others may write to {folder} ({mode:o})", f"chmod go-w {folder}")
    try:
        found = data_version.read(folder)
        if found is None:
            return warning("data", f"{folder} was never finished", "Start Steward: `steward up` goes on from there.")
        data_version.refuse_newer(found, data_version.this_version(), folder)
    except Refusal as refusal:
        return wrong("data", str(refusal), "Do as it says; nothing is changed until then.")
    return good("data", f"{folder}, written by Steward {found.steward}")


def secrets(settings: Settings) -> Finding:
    """Keys and passwords are read by their owner alone."""
    folder = settings.secrets_dir
    if not folder.exists():
        return warning("secrets", f"{folder} does not exist yet", "Start Steward once: `steward up`.")
    open_ones = [path for path in (folder, *folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_ones:
        names = ", ".join(path.name for path in open_ones[:5])
        return wrong(
            "secrets", f"others can read {names}", f"chmod -R go-rwx {folder}, then replace what was readable."
        )
    return good("secrets", f"{len(list(folder.iterdir()))} files, closed to others")


def address(settings: Settings) -> Finding:
    """Where it listens is allowed."""
    try:
        preflight.check_bind(settings)
    except Refusal as refusal:
        return wrong("address", str(refusal), "Set what it names.")
    return good("address", f"{settings.bind}, reached as {settings.base_url}")


def clock(settings: Settings) -> Finding:
    """The clock did not leap, and something keeps it right."""
    newest = max(
        (_written(settings.data_dir / name) for name in (data_version.FILE, "logs/supervisor.log")), default=0.0
    )
    if newest > time.time() + CLOCK_LEAP:
        ahead = datetime.fromtimestamp(newest, UTC).isoformat(timespec="seconds")
        return wrong(
            "clock", f"files were written at {ahead}, which is still to come", "Set the clock right, then restart."
        )
    if not _synchronised():
        return warning(
            "clock", "nothing keeps this clock right", "Switch time synchronisation on: timedatectl set-ntp true"
        )
    return good("clock", "synchronised")


def mail(settings: Settings) -> Finding:
    """Mail can be sent."""
    if settings.smtp_url is None:
        return warning(
            "mail", "no mail server is set: no invitation, reset or notification leaves", "Set STEWARD_SMTP_URL."
        )
    return good("mail", f"sent from {settings.mail_from}")


def anchor(settings: Settings) -> Finding:
    """The audit's anchors leave this machine."""
    if not settings.audit_anchor:
        return warning(
            "anchor",
            "the audit's anchors stay on this machine, where whoever owns it could replace them",
            "Set STEWARD_AUDIT_ANCHOR to a file elsewhere, a mail address or a webhook.",
        )
    return good("anchor", "audit anchors are exported")


def backup(settings: Settings) -> Finding:
    """There is a backup, it is not older than twice what was planned, and it lies on another disk."""
    last = last_made(settings)
    if last is None:
        return warning(
            "backup",
            "there is no backup",
            "Say when and where under “Backups” in the console, or run `steward backup`.",
        )
    age = datetime.now(UTC) - last.at
    found = f"the last backup is {_long(age)} old and lies in {last.destination}"
    allowed = 2 * timedelta(minutes=last.every_minutes) if last.every_minutes else BACKUP_AGE
    if age > allowed:
        return warning("backup", found, "Look under “Backups” in the console what failed, or run `steward backup`.")
    if not last.destination.exists():
        return warning("backup", f"{found}, which is not there", "Mount it, or run `steward backup`.")
    if last.destination.stat().st_dev == settings.data_dir.stat().st_dev:
        return warning(
            "backup", f"{found}, on the same disk as the data", "Choose a directory on another machine or disk."
        )
    return good("backup", found)


def recovery_key(settings: Settings) -> Finding:
    """The key that opens the backups elsewhere is not left on this machine."""
    waiting = recovery_key_file(settings)
    if waiting.exists():
        return warning(
            "recovery",
            f"the recovery key still lies in {waiting}",
            "Keep it away from this machine, then delete the file.",
        )
    return good("recovery", "no recovery key lies on this machine")


def _long(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{age.days} days"


def _nearest(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _synchronised() -> bool:
    """What the kernel says; True where it can't be asked, which is no reason to alarm anybody."""
    room = ctypes.create_string_buffer(512)  # struct timex, all zero: read, change nothing
    try:
        return int(ctypes.CDLL(None).adjtimex(room)) != TIME_ERROR
    except AttributeError:
        return True


CHECKS = (python, programs, disk, data_directory, secrets, address, clock, mail, anchor, backup, recovery_key)
