# SPDX-License-Identifier: Apache-2.0
"""Settings have defaults; a wrong one is named with its file and field."""

from ipaddress import ip_address

import pytest
from steward_agent.checks.registry import checks
from steward_agent.config import read_config
from steward_agent.errors import AgentError

from tests.agent.checks.certificates import authority


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


def test_what_the_server_may_have_looked_at_is_set_by_the_machines_owner(tmp_path):
    config = read_config(written(tmp_path, '[checks]\nforbidden = ["http"]\nrefuse = ["10.0.0.0/8"]')).checks
    assert config.announced() == {slug: 1 for slug in checks() if slug != "http"}
    assert not config.allows(ip_address("10.1.2.3"))
    assert config.allows(ip_address("192.0.2.1"))
    assert config.allows(ip_address("2001:db8::1"))
    off = read_config(written(tmp_path, "[checks]\nenabled = false")).checks
    assert off.announced() == {}
    assert off.not_run() == set(checks())


def test_where_clouds_keep_credentials_is_refused_by_default(tmp_path):
    config = read_config(written(tmp_path, "")).checks
    assert not config.allows(ip_address("169.254.169.254"))
    assert not config.allows(ip_address("fd00:ec2::254"))
    assert config.allows(ip_address("127.0.0.1"))


def test_where_no_check_may_look_is_said_by_the_machines_owner(tmp_path):
    machine = read_config(written(tmp_path, '[checks]\nrefuse_paths = ["/home", "/srv/keys"]')).machine()
    assert not machine.sees("/home/anna/notes.txt")
    assert not machine.sees("/srv/keys")
    assert machine.sees("/homes")
    assert read_config(written(tmp_path, "")).machine().sees("/home/anna/notes.txt")


def test_no_program_is_run_until_the_machines_owner_says_which(tmp_path):
    assert read_config(written(tmp_path, "")).machine().plugins.directories == ()
    said = '[plugins]\ndirectories = ["/usr/lib/nagios/plugins"]\nnames = ["check_load"]'
    plugins = read_config(written(tmp_path, said)).machine().plugins
    assert (plugins.directories, plugins.names) == (("/usr/lib/nagios/plugins",), ("check_load",))


@pytest.mark.parametrize(
    "text",
    ['directories = ["plugins"]', 'names = ["check_load"]', 'directories = ["/usr"]\nnames = ["../sh"]', "all = true"],
)
def test_a_wrong_setting_of_plugins_is_named(tmp_path, text):
    with pytest.raises(AgentError, match="plugins"):
        read_config(written(tmp_path, f"[plugins]\n{text}"))


@pytest.mark.parametrize(
    "text", ['forbidden = ["gopher"]', 'refuse = ["10.0.0.1/8"]', 'refuse_paths = ["home"]', "surprise = 1"]
)
def test_a_wrong_setting_of_checks_is_named(tmp_path, text):
    with pytest.raises(AgentError, match="checks"):
        read_config(written(tmp_path, f"[checks]\n{text}"))


def test_further_authorities_are_named_by_the_machines_owner(tmp_path):
    file = authority(tmp_path).file
    assert read_config(written(tmp_path, f'[checks]\nca_file = "{file}"')).checks.ca_file == file
    assert read_config(written(tmp_path, "")).checks.ca_file is None
    (tmp_path / "empty.pem").write_text("nothing\n")
    for wrong in ("nowhere.pem", "empty.pem"):
        with pytest.raises(AgentError, match=r"ca_file: .*has no certificates"):
            read_config(written(tmp_path, f'[checks]\nca_file = "{tmp_path / wrong}"'))


def test_repositories_of_backups_are_declared_by_the_machines_owner(tmp_path):
    said = """
        [backups.nightly]
        tool = "restic"
        repository = "s3:https://backup.example/acme"
        password_file = "/etc/steward-agent/restic.password"
        [backups.nightly.environment]
        AWS_ACCESS_KEY_ID = "key"
        [backups.mail]
        tool = "borg"
        repository = "/srv/mail"
        program = "/opt/borg/borg"
        """
    backups = read_config(written(tmp_path, said)).machine().backups
    assert backups["nightly"].program == "/usr/bin/restic"
    assert backups["nightly"].environment == {"AWS_ACCESS_KEY_ID": "key"}
    assert (backups["mail"].program, backups["mail"].password_file) == ("/opt/borg/borg", None)
    assert "key" not in repr(backups["nightly"]).replace("password_file", "")
    assert read_config(written(tmp_path, "")).machine().backups == {}


@pytest.mark.parametrize(
    "text",
    [
        '[backups.a]\ntool = "tar"\nrepository = "/a"',
        '[backups.a]\ntool = "restic"',
        '[backups.a]\ntool = "restic"\nrepository = "/a"\npassword_file = "secret"',
        '[backups.a]\ntool = "restic"\nrepository = "/a"\npassword = "secret"',
        '[backups."a b"]\ntool = "restic"\nrepository = "/a"',
        '[backups.a]\ntool = "borg"\nrepository = "/a"\nenvironment = {"A=B" = "c"}',
    ],
)
def test_a_wrong_declaration_of_a_backup_is_named(tmp_path, text):
    with pytest.raises(AgentError, match="backups"):
        read_config(written(tmp_path, text))
