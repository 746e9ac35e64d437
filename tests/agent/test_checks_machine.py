# SPDX-License-Identifier: Apache-2.0
"""The agent as a process whose owner allows some things in agent.toml and refuses others; what it is told arrives at the gateway."""

import pytest
from steward_agent.protocol.policy import AssignedCheck, Policy

from tests.agent.memory_gateway import until
from tests.agent.test_runner import Agent


@pytest.fixture
def owned(tmp_path, state):
    """An agent, as soon as the test wants it, whose owner allows `check_x` and refuses `secret`."""
    tmp_path.chmod(0o755)
    for name in ("check_x", "check_y"):
        (tmp_path / name).write_text('#!/bin/sh\necho "WARNING: $1 | queue=7;5;9 size=2KB"; exit 1\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "secret").write_text("")
    config = tmp_path / "agent.toml"
    config.write_text(
        f'[checks]\nrefuse_paths = ["{tmp_path}/secret"]\n[plugins]\ndirectories = ["{tmp_path}"]\nnames = ["check_x"]\n'
    )
    running = []
    yield lambda: running.append(Agent(state, 1, config=config))
    for agent in running:
        agent.end()


def test_what_the_owner_allows_is_run_and_what_he_refuses_is_not(gateway, enrolment, owned, tmp_path):
    def order(check, kind, **config):
        return AssignedCheck(check, kind, 3600, 5.0, config)

    gateway.policy = Policy(
        interval=1,
        checks=[
            order("allowed", "plugin", plugin="check_x", arguments=["5,4; 3"]),
            order("other", "plugin", plugin="check_y"),
            order("secret", "file", path=f"{tmp_path}/secret"),
            order("open", "file", path=f"{tmp_path}/agent.toml", min_bytes=1),
            order("self", "process", command="--state-dir"),
            order("backup", "backup_age", backup="nightly"),
        ],
    )
    owned()

    def told():
        return {each.check: each for each in gateway.results.values()}

    until(lambda: len(told()) == 6, 20, "a result of each")
    found = {check: each.reason for check, each in told().items()}
    assert found == {
        "allowed": "plugin_warning",
        "other": "plugin_forbidden",
        "secret": "path_forbidden",
        "open": "ok",
        "self": "ok",
        "backup": "backup_undeclared",
    }
    assert told()["allowed"].parameters == {"text": "WARNING: 5,4; 3"}

    def stored():
        return {key for _, key, _ in gateway.stored}

    wanted = ("check.plugin.perf_bytes", (("check", "allowed"), ("perf", "size")))
    until(lambda: wanted in stored(), 10, "the sample of the performance data")
    assert ("check.plugin.perf_value", (("check", "allowed"), ("perf", "queue"))) in stored()
