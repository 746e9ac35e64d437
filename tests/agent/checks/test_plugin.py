# SPDX-License-Identifier: Apache-2.0
"""Plugins: those of Debian as they are, and small ones of the tests' own that do what none should."""

import os
import time
from pathlib import Path

import pytest
from steward_agent.checks import child
from steward_agent.checks.machine import Machine, Plugins
from steward_agent.checks.place import Place
from steward_agent.checks.registry import MAX_LABEL, MAX_LABELLED, BadConfig, checks
from steward_agent.protocol.results import Verdict

from tests.agent.checks.peers import answering, peer, silent
from tests.waiting import bar, eventually

DEBIAN = Path("/usr/lib/nagios/plugins")


@pytest.fixture
def plugins(tmp_path):
    """`plugins("name", "shell text")`: an own plugin in an allowed folder."""
    tmp_path.chmod(0o755)

    def write(name: str, text: str, mode: int = 0o755) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def run(ask, tmp_path):
    """`run("name", "-w", "5")` where plugins of the test's folder, or of `directory`, may be run."""

    def look(plugin, *arguments, directory=tmp_path, names=(), timeout=10.0, **given):
        place = Place(machine=Machine(plugins=Plugins((str(directory),), names)))
        return ask("plugin", place=place, timeout=timeout, plugin=plugin, arguments=arguments, **given)

    return look


# ── Debian's ──


@pytest.fixture
def debian(run):
    def look(plugin, *arguments, **given):
        if not (DEBIAN / plugin).exists():
            pytest.skip(f"{plugin} is not installed: apt-get install monitoring-plugins-basic")
        return run(plugin, *arguments, directory=DEBIAN, **given)

    return look


@pytest.mark.parametrize(
    ("plugin", "arguments", "metric", "labels"),
    [
        ("check_load", ["-w", "999,999,999", "-c", "999,999,999"], "perf_value", {"load1", "load5", "load15"}),
        ("check_disk", ["-w", "0", "-c", "0", "-p", "/"], "perf_bytes", {"/"}),
        ("check_procs", ["-c", "1:"], "perf_value", {"procs"}),
        ("check_users", ["-w", "999", "-c", "999"], "perf_value", {"users"}),
        ("check_file_age", ["-w", "999999999", "-c", "999999999", "-f", "/etc/passwd"], "perf_seconds", {"age"}),
        ("check_file_age", ["-w", "999999999", "-c", "999999999", "-f", "/etc/passwd"], "perf_bytes", {"size"}),
    ],
)
def test_real_plugins_are_well_and_measured(debian, plugin, arguments, metric, labels):
    seen = debian(plugin, *arguments)
    assert (seen.verdict, seen.reason) == (Verdict.OK, "ok")
    assert seen.measured["check.plugin.exit_code"] == 0
    assert set(seen.labelled[f"check.plugin.{metric}"]) == labels


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        ("0", "ok", Verdict.OK),
        ("1", "plugin_warning", Verdict.FAILING),
        ("2", "plugin_critical", Verdict.FAILING),
        ("3", "plugin_unknown", Verdict.UNKNOWN),
    ],
)
def test_each_exit_code_is_what_the_guidelines_say(debian, code, reason, verdict):
    seen = debian("check_dummy", code, "a word; $(reboot) `id`")
    assert (seen.reason, seen.verdict) == (reason, verdict)
    assert seen.measured["check.plugin.exit_code"] == int(code)
    if code != "0":
        # As it was given: nothing read it on the way.
        assert str(seen.parameters["text"]).endswith("a word; $(reboot) `id`")


def test_a_warning_can_be_well(debian):
    assert debian("check_dummy", "1", "so so", warning_is="ok").verdict is Verdict.OK
    assert debian("check_dummy", "2", "bad", warning_is="ok").verdict is Verdict.FAILING


def test_a_real_plugin_looks_at_a_real_peer(debian):
    with peer(answering(b"hello")) as web:
        seen = debian("check_http", "-I", "127.0.0.1", "-p", str(web.port))
        assert seen.verdict is Verdict.OK
        assert 0 < seen.labelled["check.plugin.perf_seconds"]["time"] < bar(5)
        assert seen.labelled["check.plugin.perf_bytes"]["size"] > 5
        seen = debian("check_tcp", "-H", "127.0.0.1", "-p", str(web.port))
        assert seen.verdict is Verdict.OK
    seen = debian("check_tcp", "-H", "127.0.0.1", "-p", str(web.port))
    assert seen.reason == "plugin_critical"
    assert "refused" in str(seen.parameters["text"])


def test_a_real_plugin_that_waits_is_ended(debian):
    with peer(silent) as mute:
        seen = debian("check_tcp", "-H", "127.0.0.1", "-p", str(mute.port), "-e", "hello", "-t", "20", timeout=0.5)
    assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "out_of_time")


def test_real_plugins_that_do_not_know_say_so(debian):
    seen = debian("check_ntp_time", "-H", "not a host name", "-t", "1")
    assert seen.reason == "plugin_unknown"
    assert str(seen.parameters["text"])


def test_a_shell_plugin_finds_what_it_sources(debian, tmp_path):
    (tmp_path / "log").write_text("all is well\n")
    arguments = ["-F", str(tmp_path / "log"), "-O", str(tmp_path / "old"), "-q", "ERROR"]
    assert debian("check_log", *arguments).verdict is Verdict.OK
    (tmp_path / "log").write_text("all is well\nERROR: it is not\n")
    seen = debian("check_log", *arguments)
    assert (seen.verdict, "it is not" in str(seen.parameters["text"])) == (Verdict.FAILING, True)


# ── which may be run ──


def test_nothing_is_run_until_the_owner_allows_it(ask, plugins, tmp_path):
    proof = tmp_path / "proof"
    plugins("check_x", f"touch {proof}")
    for allowed in (Plugins(), Plugins((str(tmp_path),), ("check_other",))):
        seen = ask("plugin", place=Place(machine=Machine(plugins=allowed)), plugin="check_x")
        assert (seen.verdict, seen.reason, seen.parameters) == (
            Verdict.UNKNOWN,
            "plugin_forbidden",
            {"plugin": "check_x"},
        )
        assert not proof.exists()
    allowed = Plugins((str(tmp_path),), ("check_x",))
    assert ask("plugin", place=Place(machine=Machine(plugins=allowed)), plugin="check_x").verdict is Verdict.OK
    assert proof.exists()


@pytest.mark.parametrize("name", ["/bin/sh", "../check_x", "a/b", ".", "..", "", "-x", "a b", "a\n", "x" * 65])
def test_a_plugin_is_named_by_its_file_alone(name):
    with pytest.raises(BadConfig) as caught:
        checks()["plugin"].config({"plugin": name})
    assert caught.value.field == "plugin"


def test_one_that_is_not_there_is_told(run):
    assert run("check_none").reason == "plugin_missing"


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_one_that_others_may_write_is_not_run(run, plugins, tmp_path, mode):
    path = plugins("check_x", f"touch {tmp_path}/proof", mode)
    seen = run("check_x")
    assert (seen.reason, seen.parameters) == ("plugin_unsafe", {"plugin": "check_x", "path": str(path)})
    assert not (tmp_path / "proof").exists()


def test_a_folder_or_a_link_that_others_may_change_is_not_trusted(run, plugins, tmp_path):
    plugins("check_x", "exit 0")
    tmp_path.chmod(0o777)
    assert run("check_x").parameters["path"] == str(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "check_y").write_text("#!/bin/sh\n")
    (tmp_path / "open" / "check_y").chmod(0o755)
    (tmp_path / "check_y").symlink_to("open/check_y")
    assert run("check_y").parameters["path"] == str(tmp_path / "open")
    assert run("check_x").verdict is Verdict.OK


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_one_of_another_user_is_not_run(run, plugins):
    path = plugins("check_x", "exit 0")
    os.chown(path, 65534, 65534)
    assert run("check_x").reason == "plugin_unsafe"


# ── how it is run ──


def test_it_has_a_bare_environment_and_no_way_to_more_rights(run, plugins, monkeypatch):
    monkeypatch.setenv("STEWARD_CANARY", "known")
    plugins(
        "check_env", 'echo "$(env | cut -d= -f1 | sort | tr "\\n" " ") $(grep NoNewPrivs /proc/self/status)"; exit 2'
    )
    said = str(run("check_env").parameters["text"])
    assert "CANARY" not in said
    assert {"HOME", "LC_ALL", "PATH"} <= set(said.split())
    assert said.endswith("NoNewPrivs:?1")
    assert "NoNewPrivs:\t0" in Path("/proc/thread-self/status").read_text()


def test_arguments_reach_it_one_by_one(run, plugins):
    plugins("check_args", 'echo "$#:$1:$2"; exit 2')
    assert run("check_args", "a b; c", "$HOME,*").parameters["text"] == "2:a b; c:$HOME,*"


def test_its_children_end_with_it(run, plugins, tmp_path):
    pids = tmp_path / "pids"
    plugins("check_fork", f"sleep 60 & echo $! > {pids}; echo fine")
    began = time.monotonic()
    assert run("check_fork").verdict is Verdict.OK
    assert time.monotonic() - began < bar(5)
    eventually(lambda: is_gone(int(pids.read_text())), seconds=5, what="the child it left is gone")


def test_when_its_time_is_over_the_whole_group_ends(run, plugins, tmp_path):
    pids = tmp_path / "pids"
    plugins("check_hang", f'trap "" TERM INT HUP; sleep 60 & echo $$ $! > {pids}; wait')
    seen = run("check_hang", timeout=0.5)
    assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "out_of_time")
    for pid in map(int, pids.read_text().split()):
        eventually(lambda pid=pid: is_gone(pid), seconds=5, what="all of its group are gone")


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("where", ["", " >&2"])
def test_one_that_talks_without_end_is_ended(run, plugins, where):
    plugins("check_flood", f"while :; do echo {'x' * 1000}{where}; done")
    seen = run("check_flood")
    assert (seen.verdict, seen.reason, seen.parameters) == (
        Verdict.UNKNOWN,
        "plugin_output",
        {"limit": child.MAX_OUTPUT},
    )


@pytest.mark.parametrize(
    ("text", "code"), [("exit 4", 4), ("exit 127", 127), ("kill -SEGV $$", -11), ("kill -KILL 0", -9)]
)
def test_an_end_without_meaning_is_unknown(run, plugins, text, code):
    plugins("check_x", text)
    seen = run("check_x")
    assert (seen.verdict, seen.reason, seen.parameters["code"]) == (Verdict.UNKNOWN, "plugin_broken", code)


def test_what_can_not_be_started_is_the_places_trouble(run, plugins):
    plugins("check_x", "", 0o644)
    assert run("check_x").parameters == {"error": "EACCES"}
    path = plugins("check_y", "")
    path.write_text("#!/no/such/interpreter\n")
    assert run("check_y").parameters == {"error": "ENOENT"}
    path.write_bytes(b"\x7fELF garbage")
    assert run("check_y").reason == "place_trouble"


def test_what_it_says_on_the_other_pipe_counts_where_it_says_nothing_else(run, plugins):
    plugins("check_x", "echo 'Usage: check_x' >&2; exit 3")
    assert run("check_x").parameters == {"text": "Usage: check_x"}


def test_hostile_text_is_made_fit(run, plugins):
    plugins("check_x", r"printf '\033[2J\377%0300d | a=1\n' 5; exit 2")
    text = str(run("check_x").parameters["text"])
    assert text.startswith("?[2J\ufffd000")
    assert len(text) == 256


def test_labels_are_bounded(run, plugins):
    plugins("check_many", r"""i=0; printf 'OK |'; while [ $i -lt 100 ]; do printf " '%070d'=1s" $i; i=$((i+1)); done""")
    plugins("check_more", r"""i=0; printf 'OK |'; while [ $i -lt 100 ]; do printf " l$i=${i}%%"; i=$((i+1)); done""")
    many = run("check_many").labelled["check.plugin.perf_seconds"]
    assert all(len(label) == MAX_LABEL for label in many)
    more = run("check_more").labelled["check.plugin.perf_percent"]
    assert more == {f"l{index}": float(index) for index in range(MAX_LABELLED)}


def test_a_folder_is_the_same_with_a_bar_at_its_end(run, plugins, tmp_path):
    plugins("check_x", "exit 0")
    assert run("check_x", directory=f"{tmp_path}/").verdict is Verdict.OK
