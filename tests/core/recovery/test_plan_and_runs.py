# SPDX-License-Identifier: Apache-2.0
"""What an operator says about backups, what the schedule makes of it, and what is told when it goes wrong."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from steward.core.access.public import Denied, Refused, Role
from steward.core.audit.public import Entry
from steward.core.files.public import drop_file, register_file_kind, store_file, sweep_contents
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import InboxItem
from steward.core.operations.models import Operation
from steward.core.operations.public import cancel
from steward.core.recovery import running
from steward.core.recovery.ledger_dump import ledger_access, snapshot
from steward.core.recovery.live import opened
from steward.core.recovery.models import Backup, BackupPlan
from steward.core.recovery.public import (
    RecoveryRefused,
    backup_begin,
    backup_health,
    backup_plan,
    backup_plan_set,
    backup_start,
    backup_verify_start,
    carry_out,
)
from steward.core.recovery.queries import due
from steward.core.recovery.taking import Taken
from steward.core.recovery.tasks import keep_to_the_plan
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.settings.env import get_settings
from tests.fixtures.actors import Acting, make_person

# The keys and the note of the last backup lie in the data directory, which the workers of a run share: one after the other.
pytestmark = pytest.mark.django_db(transaction=True)
KIND = "tests.recovery"
register_file_kind(KIND, types=frozenset({"text/plain"}), max_bytes=1000, permission="assets.view")
TERMS: dict[str, Any] = {
    "enabled": True,
    "every_minutes": 15,
    "keys_folder": "",
    "keys_beside": False,
    "keep_hours": 48,
    "keep_days": 30,
    "keep_months": 12,
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for backups; the telemetry is left out, as with a server elsewhere."""
    monkeypatch.setenv("STEWARD_TELEMETRY_URL", "http://u:p@127.0.0.1:1/steward")
    get_settings.cache_clear()
    yield tmp_path / "backups"
    monkeypatch.undo()
    get_settings.cache_clear()
    for name in ("recovery-key", "last-backup.json", "secrets/recovery-recipient"):
        (get_settings().data_dir / name).unlink(missing_ok=True)
    shutil.rmtree(get_settings().data_dir / "backup-keys", ignore_errors=True)


def planned(olga: User, acting: Acting, place: Path, **terms: Any) -> BackupPlan:
    with acting(olga) as actor:
        return backup_plan_set(actor=actor, **TERMS | {"destination": str(place)} | terms)


def tick() -> None:
    with scoped(system_scope("recovery.schedule")), transaction.atomic():
        keep_to_the_plan()


def rows() -> list[Backup]:
    return list(Backup.objects.order_by("pk"))


def aged(backup: Backup, **back: float) -> None:
    """As if it had been made so long ago."""
    when = timezone.now() - timedelta(**back)
    Backup.objects.filter(pk=backup.pk).update(started_at=when, at=when)


def test_the_schedule_backs_up_when_it_is_time_and_not_before(olga: User, acting: Acting, place: Path) -> None:
    tick()
    assert rows() == []  # nobody has said anything yet
    planned(olga, acting, place)
    tick()
    run_until_idle()
    [made] = rows()
    assert (made.state, made.reason, made.started_by) == ("done", "schedule", None)
    assert made.size > made.stored > 0
    assert [made.name] == opened(place).names()
    tick()
    assert len(rows()) == 1
    aged(made, minutes=16)
    tick()
    run_until_idle()
    assert [each.state for each in rows()] == ["done", "done"]
    with scoped(system_scope("tests")), transaction.atomic():
        made_here = [str(each.uid) for each in rows()]
        assert Entry.objects.filter(kind="recovery.backup.done", record_id__in=made_here).count() == 2


def test_a_backup_by_hand_is_long_work_with_a_result_and_one_at_a_time(olga: User, acting: Acting, place: Path) -> None:
    planned(olga, acting, place, enabled=False)
    with acting(olga) as actor:
        operation = backup_start(actor=actor)
        with pytest.raises(Refused, match="made already"):
            backup_start(actor=actor)
    run_until_idle()
    with acting(olga):
        ended = Operation.objects.get(pk=operation.pk)
    [made] = rows()
    assert (ended.state, ended.done) == ("done", ended.total)
    assert ended.result is not None
    assert ended.result["name"] == made.name
    assert made.started_by == olga


def test_a_stopped_backup_is_none_and_frees_the_way(olga: User, acting: Acting, place: Path) -> None:
    planned(olga, acting, place, enabled=False)
    with acting(olga) as actor:
        cancel(backup_start(actor=actor), actor=actor)
    run_until_idle()
    assert [each.state for each in rows()] == ["cancelled"]
    with acting(olga) as actor:
        backup_start(actor=actor)


def test_what_fails_says_why_and_the_managers_are_told_when_it_lasts(
    olga: User, acting: Acting, place: Path, tess: User
) -> None:
    planned(olga, acting, place)
    place.write_text("in the way", encoding="utf-8")
    tick()
    run_until_idle()
    [failed] = rows()
    assert failed.state == "failed"
    assert "can't be used for backups" in failed.error
    assert not due()  # tried; again after the interval
    BackupPlan.objects.update(changed_at=timezone.now() - timedelta(minutes=31))
    assert backup_health().late
    tick()
    tick()
    run_until_idle()
    told = list(InboxItem.objects.filter(kind="recovery.overdue").values_list("person__email", flat=True))
    assert told == [olga.email]


def test_the_newest_is_read_back_and_a_damaged_one_is_no_good_one(olga: User, acting: Acting, place: Path) -> None:
    planned(olga, acting, place, enabled=False)
    with acting(olga) as actor:
        with pytest.raises(Refused, match="no backup to verify"):
            backup_verify_start(actor=actor)
        backup_start(actor=actor)
    run_until_idle()
    with acting(olga) as actor:
        backup_verify_start(actor=actor)
    run_until_idle()
    [made] = rows()
    assert made.damaged == 0
    assert made.verified_at is not None
    next((place / "chunks").glob("*/*")).unlink()
    with acting(olga) as actor:
        backup_verify_start(actor=actor)
    run_until_idle()
    [made] = rows()
    assert made.damaged == 1
    assert not made.good
    assert backup_health().last_good is None
    assert InboxItem.objects.filter(kind="recovery.damaged", person=olga).exists()


def test_what_has_had_its_time_goes_and_the_last_good_one_stays(
    olga: User, acting: Acting, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(olga, acting, place, keep_hours=0, keep_days=0, keep_months=0)
    monkeypatch.setattr(running, "PRUNED_EVERY", timedelta(0))
    for days in (399, 401):
        aged(Backup.objects.create(reason="schedule", state="failed", destination=str(place)), days=days)
    for _ in range(2):
        with scoped(system_scope("tests")):
            with transaction.atomic():
                row = backup_begin(reason=Backup.Reason.COMMAND)
            carry_out(row.uid, Taken())
    assert [each.state for each in rows()] == ["failed", "pruned", "done"]
    assert opened(place).names() == [rows()[2].name]


def test_where_backups_go_is_the_owners_to_say_and_not_where_the_data_are(
    olga: User, omar: User, acting: Acting, place: Path, tmp_path: Path
) -> None:
    with acting(omar) as actor, pytest.raises(Denied):
        backup_plan_set(actor=actor, destination="", **TERMS)
    data = get_settings().data_dir
    file = tmp_path / "file"
    file.write_text("")
    (tmp_path / "leads-to-the-data").symlink_to(data)
    (tmp_path / "leads-to-itself").symlink_to(tmp_path / "leads-to-itself")
    (tmp_path / "leads-to-the-backups").symlink_to(place)
    for wrong in (
        "/nul\0",
        "/" + "a" * 400,
        "relative",
        f"{tmp_path}/../etc",
        str(data),
        str(data.parent),
        str(data / "store" / "x"),
        str(file),
        str(tmp_path / "leads-to-the-data"),
        str(tmp_path / "leads-to-the-data" / "files"),
        str(tmp_path / "leads-to-itself"),
    ):
        with acting(olga) as actor, pytest.raises(Refused) as refused:
            backup_plan_set(actor=actor, destination=wrong, **TERMS)
        assert refused.value.field == "destination"
    beside = {"destination": str(place), "keys_folder": str(place / "keys")}
    by_a_link = beside | {"keys_folder": str(tmp_path / "leads-to-the-backups" / "keys")}
    for wrong_place in (beside, by_a_link):
        with acting(olga) as actor, pytest.raises(Refused, match="beside the data"):
            backup_plan_set(actor=actor, **TERMS | wrong_place)
    with acting(olga) as actor:
        assert backup_plan_set(actor=actor, **TERMS | beside | {"keys_beside": True}).keys_folder
    for field, value in (("every_minutes", 4), ("every_minutes", 20_000), ("keep_hours", -1), ("keep_months", 241)):
        with acting(olga) as actor, pytest.raises(Refused) as refused:
            backup_plan_set(actor=actor, destination="", **TERMS | {field: value})
        assert refused.value.field == field
    assert backup_plan().every_minutes == 15


def test_who_sees_some_clients_has_no_business_with_a_backup(acme: Client, acting: Acting, place: Path) -> None:
    limited = make_person("Lena Limited", Role.OWNER, all_clients=False)
    with acting(limited) as actor, pytest.raises(Denied):
        backup_start(actor=actor)


def test_a_command_that_was_killed_frees_the_way(olga: User, acting: Acting, place: Path) -> None:
    planned(olga, acting, place, enabled=False)
    with scoped(system_scope("tests")), transaction.atomic():
        backup_begin(reason=Backup.Reason.COMMAND)
        backup_begin(reason=Backup.Reason.COMMAND)
    assert [each.state for each in rows()] == ["failed", "running"]


def test_every_file_the_ledger_knows_is_in_it_and_none_goes_meanwhile(
    olga: User, acme: Client, acting: Acting, place: Path, tmp_path: Path
) -> None:
    content = tmp_path / "note.txt"
    content.write_text("what Acme handed in")
    with acting(olga), content.open("rb") as handle:
        kept = store_file(acme, "note.txt", handle, KIND)
    with scoped(system_scope("tests")), transaction.atomic():
        row = backup_begin(reason=Backup.Reason.COMMAND, destination=str(place))
    with scoped(system_scope("tests")):
        carry_out(row.uid, Taken())
    manifest = opened(place).newest()
    assert manifest is not None
    assert [name for entry in manifest.files for name, _ in entry.members] == [kept.sha256]
    with acting(olga):
        drop_file(kept)
    long_ago = time.time() - 2 * 86_400
    os.utime(get_settings().files_dir / f"{acme.pk}/{kept.sha256[:2]}/{kept.sha256}", (long_ago, long_ago))
    with scoped(system_scope("tests")):
        with snapshot(ledger_access(get_settings())), transaction.atomic():
            assert sweep_contents() == 0
        with transaction.atomic():
            assert sweep_contents() == 1


def test_a_server_elsewhere_is_backed_up_by_its_superuser_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = get_settings().model_copy(
        update={"database_url": "postgresql://steward_app:x@db.example/steward", "database_admin_url": None}
    )
    with pytest.raises(RecoveryRefused, match="set STEWARD_DATABASE_ADMIN_URL"):
        ledger_access(elsewhere)
    named = elsewhere.model_copy(update={"database_admin_url": "postgresql://postgres:canary@db.example/steward"})
    access = ledger_access(named)
    assert access.dsn.endswith("@db.example/steward")
    assert "canary" not in repr(access)
