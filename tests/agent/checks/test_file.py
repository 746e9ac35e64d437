# SPDX-License-Identifier: Apache-2.0
"""Files and folders that are really there; what the machine's owner or its kernel refuses is never guessed at."""

import fnmatch
import os
import pwd
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks import paths
from steward_agent.checks.machine import Machine
from steward_agent.checks.paths import fits
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.protocol.results import Verdict


@pytest.fixture
def made(tmp_path):
    """`made("a.log", size=…, age=…)`: a file below the test's folder, its path."""

    def make(name: str, *, size: int = 0, age: float = 0.0) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        os.utime(path, (time.time() - age,) * 2)
        return str(path)

    return make


def test_a_file_is_measured(ask, made):
    seen = ask("file", path=made("a.log", size=1234, age=100))
    assert (seen.verdict, seen.parameters) == (Verdict.OK, {})
    assert seen.measured["check.file.matches"] == 1
    assert seen.measured["check.file.size_bytes"] == 1234
    assert 100 <= seen.measured["check.file.age_seconds"] < 160
    assert "check.file.entries" not in seen.measured


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"max_age_seconds": 99}, "file_old"),
        ({"max_age_seconds": 500}, "ok"),
        ({"min_age_seconds": 500}, "file_young"),
        ({"min_age_seconds": 99}, "ok"),
        ({"max_bytes": 1233}, "file_large"),
        ({"max_bytes": 1234}, "ok"),
        ({"min_bytes": 1235}, "file_small"),
        ({"min_bytes": 1234}, "ok"),
        ({"min_entries": 1}, "not_a_folder"),
        ({"presence": "forbidden"}, "file_present"),
        ({"presence": "optional", "max_bytes": 1}, "file_large"),
    ],
)
def test_every_limit_says_what_it_found(ask, made, given, reason):
    path = made("a.log", size=1234, age=100)
    seen = ask("file", path=path, **given)
    assert seen.reason == reason
    assert seen.verdict is (Verdict.OK if reason == "ok" else Verdict.FAILING)
    if reason != "ok":
        assert seen.parameters["path"] == path
    if "limit" in seen.parameters:
        assert seen.parameters["limit"] in given.values()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "file_missing"),
        ({"presence": "forbidden"}, "ok"),
        ({"presence": "optional", "max_age_seconds": 5}, "ok"),
        ({"max_age_seconds": 5}, "file_missing"),
    ],
)
def test_what_is_not_there(ask, tmp_path, given, reason):
    for path in (tmp_path / "none", tmp_path / "none" / "deeper", tmp_path / "none" / "*.log"):
        seen = ask("file", path=str(path), **given)
        assert seen.reason == reason
        assert seen.measured["check.file.matches"] == 0
    (tmp_path / "file").write_text("")
    assert ask("file", path=f"{tmp_path}/file/below", **given).reason == reason


def test_folders_are_counted(ask, made, tmp_path):
    for index in range(5):
        made(f"box/{index}")
    box = f"{tmp_path}/box"
    assert ask("file", path=box, max_entries=5, min_entries=5).measured["check.file.entries"] == 5
    assert ask("file", path=box, max_entries=4).parameters == {"path": box, "entries": 5, "limit": 4}
    assert ask("file", path=box, min_entries=6).reason == "folder_empty"
    assert ask("file", path=box, min_bytes=1).reason == "not_a_file"


def test_of_a_pattern_the_newest_is_judged(ask, made, tmp_path):
    made("2025/a.dump", size=10, age=1000)
    newest = made("2026/b.dump", size=20, age=50)
    made("2026/c.other", size=30)
    made("2026/.hidden.dump", size=40)
    seen = ask("file", path=f"{tmp_path}/202?/*.dump", max_age_seconds=10)
    assert (seen.reason, seen.parameters["path"]) == ("file_old", newest)
    assert seen.measured["check.file.matches"] == 2
    assert seen.measured["check.file.size_bytes"] == 20
    assert ask("file", path=f"{tmp_path}/2026/.*.dump").measured["check.file.size_bytes"] == 40


def test_a_name_with_brackets_is_no_pattern(ask, made):
    assert ask("file", path=made("a[1].log", size=7)).measured["check.file.size_bytes"] == 7


def test_links_are_followed_and_one_that_leads_nowhere_is_there(ask, made, tmp_path):
    made("real", size=9)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "broken").symlink_to(tmp_path / "none")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert ask("file", path=f"{tmp_path}/link").measured["check.file.size_bytes"] == 9
    assert ask("file", path=f"{tmp_path}/broken", presence="forbidden").reason == "file_present"
    assert ask("file", path=f"{tmp_path}/loop").verdict is Verdict.UNKNOWN


def test_nothing_is_opened_for_reading(ask, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    # Whoever opened it to read would wait for a writer, and run out of time.
    assert ask("file", path=f"{tmp_path}/fifo", timeout=2.0, presence="forbidden").reason == "file_present"


# ── where no look may go ──


@pytest.mark.parametrize(
    "path",
    ["secret", "secret/", "./secret", "secret/key", "secret/*", "sec*/key", "way/key", "way", "key-link", "w?y/*"],
)
def test_what_the_owner_refused_is_not_looked_at_by_any_name(ask, made, tmp_path, path):
    made("secret/key", size=3)
    (tmp_path / "way").symlink_to(tmp_path / "secret")
    (tmp_path / "key-link").symlink_to(tmp_path / "secret" / "key")
    place = Place(machine=Machine(refused_paths=(f"{tmp_path}/secret",)))
    for presence in ("required", "forbidden"):
        seen = ask("file", place=place, path=f"{tmp_path}/{path}", presence=presence)
        assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "path_forbidden")
        assert set(seen.measured) == {"check.seconds"}


def test_a_refusal_by_a_link_holds_for_what_it_leads_to_and_for_nothing_beside(ask, made, tmp_path):
    made("secret/key")
    beside = made("secrets")
    (tmp_path / "way").symlink_to(tmp_path / "secret")
    place = Place(machine=Machine(refused_paths=(f"{tmp_path}/way",)))
    assert ask("file", place=place, path=f"{tmp_path}/secret/key").reason == "path_forbidden"
    assert ask("file", place=place, path=beside).verdict is Verdict.OK
    everything = Place(machine=Machine(refused_paths=("/",)))
    assert ask("file", place=everything, path=beside).reason == "path_forbidden"


@pytest.fixture
def as_nobody():
    """The rest of the test has the rights of nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    yield
    os.seteuid(0)


def test_what_the_kernel_hides_is_unknown_whether_or_not_it_must_be_there(ask, made, tmp_path, request):
    made("closed/key")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o001)
        if folder.name.startswith("pytest-of"):
            break
    (tmp_path / "closed").chmod(0)
    request.getfixturevalue("as_nobody")
    try:
        for path in ("closed/key", "closed/*"):
            for presence in ("required", "forbidden"):
                seen = ask("file", path=f"{tmp_path}/{path}", presence=presence)
                assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "path_hidden")
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        (tmp_path / "closed").chmod(0o700)


def test_a_folder_without_an_end_has_one_here(ask, made, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "MAX_ENTRIES", 3)
    for index in range(4):
        made(f"box/{index}")
    for path, least in (("box/*", None), ("box", 1)):
        assert ask("file", path=f"{tmp_path}/{path}", min_entries=least).reason == "paths_many"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"path": "relative"}, "path"),
        ({"path": "/"}, "path"),
        ({"path": "/a\nb"}, "path"),
        ({"path": "/a/../etc/shadow"}, "path"),
        ({"path": "/a", "presence": "forbidden", "max_bytes": 1}, "presence"),
        ({"path": "/a", "presence": "optional"}, "presence"),
        ({"path": "/a", "max_bytes": 1, "min_bytes": 2}, "max_bytes"),
        ({"path": "/a", "max_bytes": 1, "max_entries": 2}, "max_entries"),
        ({"path": "/a", "max_age_seconds": -1}, "max_age_seconds"),
    ],
)
def test_a_configuration_that_can_not_hold_is_refused(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["file"].config(given)
    assert caught.value.field == field


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_patterns_fit_as_those_of_a_shell(pattern, name):
    assert fits(pattern, name) is fnmatch.fnmatchcase(name, pattern)


def test_a_pattern_made_to_take_for_ever_does_not():
    assert not fits("*a" * 200 + "b", "a" * 255)
