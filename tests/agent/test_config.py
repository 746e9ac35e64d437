# SPDX-License-Identifier: Apache-2.0
"""Settings have defaults; a wrong one is named with its file and field."""

import pytest
from steward_agent.config import read_config
from steward_agent.errors import AgentError


def written(tmp_path, text: str):
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return path


def test_without_a_file_all_is_default(tmp_path, monkeypatch):
    monkeypatch.setattr("steward_agent.config.DEFAULT_CONFIG", tmp_path / "none.toml")
    config = read_config(None)
    assert config.log_level == "info"
    assert config.spool.max_bytes == 128 * 1024 * 1024
    assert config.collectors["filesystems"].tmpfs is False


def test_what_the_file_says_holds(tmp_path):
    config = read_config(
        written(
            tmp_path,
            """
            log_level = "warning"
            [spool]
            max_bytes = 2000000
            [collectors.filesystems]
            tmpfs = true
            exclude = ["/mnt/*"]
            """,
        )
    )
    assert (config.log_level, config.spool.max_bytes) == ("warning", 2_000_000)
    assert config.collectors["filesystems"].tmpfs is True
    assert config.collectors["filesystems"].exclude == ("/mnt/*",)
    assert config.collectors["cpu"].enabled is True


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("log_level = 3", "log_level"),
        ("colour = 'red'", "colour"),
        ("[spool]\nmax_bytes = 5", "spool.max_bytes"),
        ("[collectors.filesystems]\ntmpfs = 'yes'", "collectors.filesystems.*tmpfs"),
        ("[collectors.filesystems]\ntmp = true", "collectors.filesystems.*tmp"),
        ("[collectors.weather]\nenabled = true", "collectors.weather: there is no such collector"),
        ("[", "mend the file"),
    ],
)
def test_a_wrong_setting_is_named_with_the_remedy(tmp_path, text, named):
    with pytest.raises(AgentError, match=named) as caught:
        read_config(written(tmp_path, text))
    assert "agent.toml" in str(caught.value)
    assert "mend the file" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_file_must_be_there(tmp_path):
    with pytest.raises(AgentError, match="there is no"):
        read_config(tmp_path / "none.toml")
