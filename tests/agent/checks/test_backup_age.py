# SPDX-License-Identifier: Apache-2.0
"""The age of backups: of real repositories of restic and borg, of marker files, of what is no listing at all."""

import json
import os
import shutil
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.backup_listing import Unreadable, newest_borg, newest_restic
from steward_agent.checks.machine import Machine, Repository
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.protocol.results import Verdict

from tests.waiting import bar

SECRET = "correct horse"
DAY = 86_400


def tool(name: str) -> str:
    """Where it is; the test is left out where it is not."""
    path = shutil.which(name, path="/usr/bin:/usr/local/bin")
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {'borgbackup' if name == 'borg' else name}")
    return path


@pytest.fixture(scope="module")
def lay(tmp_path_factory):
    """A folder with a password and something to back up."""
    folder = tmp_path_factory.mktemp("backups")
    folder.chmod(0o755)
    (folder / "password").write_text(f"{SECRET}\n")
    (folder / "password").chmod(0o600)
    (folder / "mail").write_text("hello")
    return folder


@pytest.fixture(scope="module")
def restic(lay):
    """Two snapshots, of two hosts: of an hour ago, tagged `new`; of two days ago, tagged `old`, and written last."""
    program = tool("restic")

    def run(*arguments):
        command = [program, "--no-cache", "-q", "-r", lay / "restic", "--password-file", lay / "password", *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=bar(30))

    run("init")
    for age, tag in ((3600, "new"), (2 * DAY, "old")):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - age))
        run("backup", f"--time={at}", f"--tag={tag}", "--host", f"web-{tag}", lay / "mail")
    return Repository("restic", str(lay / "restic"), program, str(lay / "password"))


@pytest.fixture(scope="module")
def borg(lay):
    """Two archives: `mail-1` of two days ago, `web-1` of an hour ago."""
    program = tool("borg")
    environment = {"PATH": os.environ["PATH"], "BORG_BASE_DIR": str(lay / "base"), "BORG_PASSPHRASE": SECRET}

    def run(*arguments):
        subprocess.run([program, *arguments], check=True, capture_output=True, env=environment, timeout=bar(30))

    run("init", "-e", "repokey", lay / "borg")
    for age, name in ((2 * DAY, "mail-1"), (3600, "web-1")):
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - age))
        run("create", f"--timestamp={at}", f"{lay / 'borg'}::{name}", lay / "mail")
    return Repository("borg", str(lay / "borg"), program, str(lay / "password"))


@pytest.fixture
def aged(ask):
    """`aged(repository, …)`: the look at a repository that the machine's owner declared as `nightly`."""

    def look(repository, **given):
        place = Place(machine=Machine(backups={"nightly": repository}))
        return ask("backup_age", place=place, timeout=bar(10), **({"backup": "nightly"} | given))

    return look


@pytest.mark.parametrize("kind", ["restic", "borg"])
def test_the_newest_backup_of_a_real_repository_is_found(aged, request, kind):
    seen = aged(request.getfixturevalue(kind))
    assert (seen.verdict, seen.reason) == (Verdict.OK, "ok")
    assert 3600 <= seen.measured["check.backup_age.age_seconds"] < 3600 + bar(120)


@pytest.mark.parametrize(("kind", "tag"), [("restic", "old"), ("borg", "mail")])
def test_too_old_and_none_are_told_apart(aged, request, kind, tag):
    repository = request.getfixturevalue(kind)
    seen = aged(repository, tag=tag)
    assert (seen.verdict, seen.reason) == (Verdict.FAILING, "backup_old")
    assert seen.parameters["limit"] == 26 * 3600
    assert 2 * DAY <= seen.parameters["seconds"] < 2 * DAY + bar(120)
    assert aged(repository, tag=tag, max_age_seconds=3 * DAY).verdict is Verdict.OK
    seen = aged(repository, tag="none")
    assert (seen.verdict, seen.reason, seen.parameters) == (Verdict.FAILING, "backup_none", {"backup": "nightly"})


@pytest.mark.parametrize("kind", ["restic", "borg"])
def test_a_repository_that_does_not_open_is_unknown_and_says_no_secret(aged, request, lay, kind):
    right = request.getfixturevalue(kind)
    (lay / "wrong").write_text("wrong password\n")
    for repository in (
        Repository(kind, right.repository, right.program, str(lay / "wrong")),
        Repository(kind, str(lay / "none"), right.program, right.password_file),
    ):
        seen = aged(repository)
        assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "backup_unlisted")
        assert seen.parameters["code"] != 0
        assert str(seen.parameters["text"])
        assert "password\n" not in str(seen.parameters)
        assert SECRET not in json.dumps(seen.parameters)


def test_a_look_leaves_nothing_in_the_repository(aged, restic, borg):
    for repository in (restic, borg):
        before = {root: sorted(files) for root, _, files in os.walk(repository.repository)}
        aged(repository)
        assert {root: sorted(files) for root, _, files in os.walk(repository.repository)} == before


def test_only_what_the_owner_declared_is_asked(ask):
    seen = ask("backup_age", backup="nightly")
    assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "backup_undeclared")


def test_a_password_that_others_could_have_changed_is_not_used(aged, restic, lay):
    (lay / "open").write_text(SECRET)
    (lay / "open").chmod(0o666)
    seen = aged(Repository("restic", restic.repository, restic.program, str(lay / "open")))
    assert (seen.reason, seen.parameters["path"]) == ("backup_unsafe", str(lay / "open"))


@pytest.mark.parametrize("printed", ["echo '[{\"time\": 5}]'", "echo nonsense", "head -c 2000000 /dev/zero"])
def test_what_prints_something_else_is_no_listing(aged, tmp_path, printed):
    tmp_path.chmod(0o755)
    (tmp_path / "restic").write_text(f"#!/bin/sh\n{printed}\n")
    (tmp_path / "restic").chmod(0o755)
    assert aged(Repository("restic", "/none", str(tmp_path / "restic"))).reason == "backup_unlisted"


def test_a_tool_that_is_not_there_is_the_places_trouble(aged, tmp_path):
    assert aged(Repository("restic", "/none", str(tmp_path / "none"))).parameters == {"error": "ENOENT"}


def test_a_marker_is_as_old_as_its_change(ask, tmp_path):
    for name, age in (("a.done", 3 * DAY), ("b.done", 2 * DAY)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    path = f"{tmp_path}/*.done"
    assert ask("backup_age", path=path, max_age_seconds=3 * DAY).verdict is Verdict.OK
    seen = ask("backup_age", path=path)
    assert (seen.reason, seen.parameters["backup"]) == ("backup_old", path)
    assert 2 * DAY <= seen.measured["check.backup_age.age_seconds"] < 2 * DAY + bar(60)
    assert ask("backup_age", path=f"{tmp_path}/*.none").reason == "backup_none"
    refused = Place(machine=Machine(refused_paths=(str(tmp_path),)))
    assert ask("backup_age", place=refused, path=path).reason == "path_forbidden"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "backup"),
        ({"backup": "a", "path": "/a"}, "backup"),
        ({"backup": "../a"}, "backup"),
        ({"path": "/a", "tag": "x"}, "tag"),
        ({"path": "/a/../b"}, "path"),
        ({"backup": "a", "tag": "a,b"}, "tag"),
        ({"backup": "a", "max_age_seconds": 0}, "max_age_seconds"),
        ({"backup": "a", "password": "x"}, "password"),
    ],
)
def test_a_configuration_without_sense_is_refused(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["backup_age"].config(given)
    assert caught.value.field == field


def test_listings_are_read_with_their_zones():
    printed = b'[{"time":"2026-11-22T20:30:36.793958803+01:00"},{"time":"2026-11-22T19:30:40Z"}]'
    assert newest_restic(printed) == 1795375840.0
    assert newest_restic(b"[]") is newest_restic(b"null") is None
    assert newest_borg(b'{"archives":[{"time":"2026-11-22T19:30:40.000000"}]}') == 1795375840.0


@given(
    st.binary()
    | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(lambda each: json.dumps(each).encode())
)
def test_garbage_is_unreadable_and_nothing_else(printed):
    for read in (newest_restic, newest_borg):
        try:
            assert read(printed) is None
        except Unreadable:
            continue


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_edges_of_time_are_read(moment):
    assert isinstance(newest_restic(json.dumps([{"time": moment}]).encode()), float)
