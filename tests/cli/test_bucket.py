# SPDX-License-Identifier: Apache-2.0
"""What the command line says of a bucket: `doctor` probes it, `restore` says that the contents lie there."""

import shutil

import psycopg
import pytest

from steward.cli import data_version, preflight
from steward.cli.doctor import house
from steward.cli.doctor.findings import Level
from steward.core.recovery.process import back_up_stopped, default_destination
from steward.settings import ledger
from steward.settings.env import Settings
from tests.cli.conftest import Run
from tests.fixtures.bucket import Provider, s3

__all__ = ["s3"]


@pytest.fixture
def used(settings: Settings, s3: Provider) -> Settings:
    """A data directory that was prepared, with its files in a bucket."""
    preflight.prepare_directories(settings)
    data_version.write(settings.data_dir, data_version.this_version())
    return settings.model_copy(update=s3.settings(s3.fresh()))


def test_contents_in_the_data_directory_are_well(settings: Settings) -> None:
    assert house.files(settings).level is Level.GOOD


def test_a_bucket_is_asked_after_the_first_start_alone(settings: Settings, s3: Provider) -> None:
    named = settings.model_copy(update=s3.settings(s3.fresh()))
    assert house.files(named).level is Level.WARNING
    assert not settings.data_dir.exists()


def test_a_bucket_that_works(used: Settings) -> None:
    found = house.files(used)
    assert found.level is Level.GOOD, found
    assert found.found == f"{used.files_url} takes, gives, lists and deletes"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("files_key_secret", "canary/of+a-key", "it refuses the key"),
        ("files_url", "s3://another-bucket", "there is no such bucket"),
        ("files_endpoint", "http://127.0.0.1:1", "it does not answer"),
    ],
)
def test_a_bucket_that_does_not_work_is_said_in_a_line_with_its_remedy(
    used: Settings, setting: str, value: str, said: str
) -> None:
    found = house.files(used.model_copy(update={setting: value}))
    assert found.level is Level.WRONG
    assert said in found.found
    assert "STEWARD_FILES_" in found.remedy
    assert "canary" not in f"{found}"
    assert "\n" not in found.found


def test_a_bucket_with_half_a_key_is_refused_by_the_variable(steward: Run) -> None:
    done = steward("doctor", STEWARD_FILES_URL="s3://steward-files", STEWARD_FILES_KEY_SECRET="canary")
    assert done.returncode == 2
    assert "STEWARD_FILES_KEY_SECRET: " in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_a_backup_before_an_upgrade_leaves_the_contents_in_the_bucket_and_a_restore_says_which_it_was(
    settings: Settings, s3: Provider, steward: Run
) -> None:
    preflight.prepare_directories(settings)
    data_version.write(settings.data_dir, data_version.this_version())
    named = settings.model_copy(update=s3.settings(s3.fresh()))
    with ledger.running_cluster(settings.data_dir, fsync=False) as cluster:
        cluster.secrets("kek")
        with psycopg.connect(cluster.dsn(role="owner")) as owner:
            owner.execute("create table django_migrations (app text, name text)")
        made = back_up_stopped(named, with_ledger=True)
    assert (made.files_left, made.files_at) == (True, named.files_url)
    fresh = settings.data_dir.parent / "fresh"
    words = ["restore", str(default_destination(settings)), "--keys", str(settings.secrets_dir)]
    done = steward(*words, STEWARD_DATA_DIR=str(fresh))
    assert done.returncode == 0, done.stderr
    assert f"lie in {named.files_url}: set STEWARD_FILES_URL" in done.stdout
    shutil.rmtree(ledger.find_cluster(fresh).pgdata, ignore_errors=True)
