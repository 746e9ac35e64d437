# SPDX-License-Identifier: Apache-2.0
"""The key is made once, read by one user only, and never replaced; damage is said in one line."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from steward_agent.errors import AgentError
from steward_agent.identity import (
    Enrolment,
    machine_id,
    make_key,
    public_key_text,
    read_enrolment,
    read_key,
    save_enrolment,
)
from steward_agent.protocol.enrolment import AgentState
from steward_agent.state import Lock, StateDir, create_state_dir, running, state_dir, write_private

ENROLMENT = Enrolment("https://host", "https://host:1", 7, "uid", AgentState.PENDING, 30)


@pytest.fixture
def state(tmp_path):
    made = StateDir(tmp_path / "agent")
    create_state_dir(made)
    return made


def test_directory_and_key_are_for_one_user(state):
    old = os.umask(0)
    try:
        make_key(state)
    finally:
        os.umask(old)
    assert stat.S_IMODE(state.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(state.key.stat().st_mode) == 0o600


def test_the_key_stays_the_same(state):
    first = public_key_text(make_key(state))
    assert public_key_text(make_key(state)) == first
    assert public_key_text(read_key(state)) == first


def test_two_that_make_a_key_at_once_get_the_same(state):
    with ThreadPoolExecutor(8) as pool:
        keys = {public_key_text(key) for key in pool.map(lambda _: make_key(state), range(16))}
    assert len(keys) == 1
    assert [file.name for file in state.path.iterdir()] == ["key.pem"]


@pytest.mark.parametrize("content", [b"", b"noise", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_named_and_not_replaced(state, content):
    write_private(state.key, content, replace=True)
    with pytest.raises(AgentError, match=r"key\.pem is not an Ed25519 key: run"):
        make_key(state)
    assert state.key.read_bytes() == content


def test_a_key_that_others_can_read_is_refused(state):
    make_key(state)
    state.key.chmod(0o640)
    with pytest.raises(AgentError, match=r"others can read .*: run `chmod 600"):
        read_key(state)


def test_an_enrolment_is_read_as_it_was_saved(state):
    save_enrolment(state, ENROLMENT)
    assert read_enrolment(state) == ENROLMENT
    assert stat.S_IMODE(state.enrolment.stat().st_mode) == 0o600


def test_without_an_enrolment_the_remedy_is_to_enrol(state):
    with pytest.raises(AgentError, match="is not enrolled: run `steward-agent enroll URL TOKEN` first"):
        read_enrolment(state)


def test_a_damaged_enrolment_is_named(state):
    write_private(state.enrolment, b'{"url": 1}', replace=True)
    with pytest.raises(AgentError, match="is damaged"):
        read_enrolment(state)


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(state):
    save_enrolment(state, ENROLMENT)
    state.path.joinpath("folder").mkdir()
    with pytest.raises(AgentError, match="can't write"):
        write_private(state.path / "folder", b"x", replace=True)
    assert read_enrolment(state) == ENROLMENT
    assert sorted(file.name for file in state.path.iterdir()) == ["enrolment.json", "folder"]


def test_one_agent_at_a_time(state):
    assert not running(state)
    lock = Lock(state)
    assert running(state)
    with pytest.raises(AgentError, match=rf"is running \(pid {os.getpid()}\): stop it first"):
        Lock(state)
    lock.release()
    assert not running(state)
    Lock(state).release()


def test_a_directory_that_cant_be_made_is_said_with_the_remedy(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(AgentError, match=r"can't write to .*: run as root, or choose a directory with --state-dir"):
        create_state_dir(StateDir(blocked / "agent"))


def test_the_directory_is_chosen_by_option_then_environment_then_default(monkeypatch):
    monkeypatch.delenv("STEWARD_AGENT_STATE_DIR", raising=False)
    assert str(state_dir(None).path) == "/var/lib/steward-agent"
    monkeypatch.setenv("STEWARD_AGENT_STATE_DIR", "/somewhere")
    assert str(state_dir(None).path) == "/somewhere"
    assert str(state_dir("/else").path) == "/else"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write as somebody else")
def test_what_root_writes_belongs_to_the_directorys_owner(state):
    os.chown(state.path, 65534, 65534)
    make_key(state)
    Lock(state).release()
    assert {file.stat().st_uid for file in (state.key, state.lock)} == {65534}


def test_a_link_in_place_of_the_lock_leads_nowhere(state, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("gold")
    state.lock.symlink_to(precious)
    with pytest.raises(AgentError, match="can't write to"):
        Lock(state)
    assert precious.read_text() == "gold"


def test_the_machines_own_id_does_not_travel(tmp_path):
    own = tmp_path / "machine-id"
    own.write_text("0123456789abcdef0123456789abcdef\n")
    told = machine_id((own,))
    assert len(told) == 32
    assert told != own.read_text().strip()
    assert machine_id((tmp_path / "missing", own)) == told
    own.write_text("uninitialized\n")
    assert machine_id((own,)) == ""
