# SPDX-License-Identifier: Apache-2.0
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.cli import preflight
from steward.cli.refusal import Refusal
from steward.settings.env import Settings
from tests.cli.conftest import Run


@pytest.fixture
def listener(settings: Settings) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", settings.live_port)):
        yield settings.live_port


def test_a_port_in_use_is_named_with_its_process_and_the_remedy(settings: Settings, listener: int) -> None:
    with pytest.raises(Refusal) as refused:
        preflight.check_ports(settings)
    assert str(refused.value).startswith(f"port {listener} is in use by ")
    assert f"(process {os.getpid()})" in str(refused.value)
    assert "set STEWARD_PORT" in str(refused.value)


def test_up_refuses_a_port_in_use_with_one_line(steward: Run, settings: Settings, listener: int) -> None:
    done = steward("up")
    assert done.returncode == 1
    assert done.stderr.startswith(f"steward: port {listener} is in use")
    assert done.stderr.count("\n") == 1
    assert not (settings.data_dir / "postgres-18").exists()


def test_free_ports_pass(settings: Settings) -> None:
    preflight.check_ports(settings)


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_listening_beyond_loopback_without_tls_is_refused(settings: Settings, bind: str) -> None:
    with pytest.raises(Refusal, match="would serve passwords in the clear: set STEWARD_TLS_CERT"):
        preflight.check_bind(settings.model_copy(update={"bind": bind}))


@pytest.mark.parametrize("command", ["up", "web", "live"])
def test_every_process_that_listens_refuses_it(steward: Run, command: str) -> None:
    done = steward(command, STEWARD_BIND="0.0.0.0")
    assert done.returncode == 1
    assert "would serve passwords in the clear" in done.stderr


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_nothing(settings: Settings, bind: str) -> None:
    preflight.check_bind(settings.model_copy(update={"bind": bind}))


def test_beyond_loopback_a_named_proxy_or_tls_files_suffice(settings: Settings, tmp_path: Path) -> None:
    preflight.check_bind(settings.model_copy(update={"bind": "0.0.0.0", "trusted_proxies": ["10.0.0.1"]}))
    pem = tmp_path / "pem"
    pem.write_text("", encoding="utf-8")
    preflight.check_bind(settings.model_copy(update={"bind": "0.0.0.0", "tls_cert": pem, "tls_key": pem}))


def test_a_certificate_without_its_key_or_one_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    pem.write_text("", encoding="utf-8")
    with pytest.raises(Refusal, match="belong together"):
        preflight.check_bind(settings.model_copy(update={"tls_cert": pem}))
    with pytest.raises(Refusal, match=r"STEWARD_TLS_KEY: .*missing can't be read"):
        preflight.check_bind(settings.model_copy(update={"tls_cert": pem, "tls_key": tmp_path / "missing"}))


def test_the_data_directory_is_made_private(settings: Settings) -> None:
    preflight.prepare_directories(settings)
    outer = 0o711 if os.geteuid() == 0 else 0o700
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == outer
    for name in ("secrets", "logs", "files", "backups"):
        assert stat.S_IMODE((settings.data_dir / name).stat().st_mode) == 0o700


def test_a_data_directory_others_may_write_to_is_refused(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.data_dir.chmod(0o777)
    with pytest.raises(Refusal, match=r"others may write to .*: chmod go-w"):
        preflight.prepare_directories(settings)


def test_a_data_directory_that_cannot_be_made_is_named_with_the_remedy(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refusal, match=r"can't be written \(Not a directory\).*STEWARD_DATA_DIR"):
        preflight.prepare_directories(settings.model_copy(update={"data_dir": tmp_path / "file" / "var"}))


def test_a_second_up_on_one_data_directory_is_refused_and_names_the_first(settings: Settings, steward: Run) -> None:
    preflight.prepare_directories(settings)
    lock = preflight.lock_data_dir(settings)
    done = steward("up")
    os.close(lock)
    assert done.returncode == 1
    assert f"already runs on {settings.data_dir} (process {os.getpid()})" in done.stderr


def test_the_lock_of_one_that_has_gone_is_waited_for(settings: Settings) -> None:
    preflight.prepare_directories(settings)
    lock = preflight.lock_data_dir(settings)
    os.pwrite(lock, b"999999999\n", 0)
    with pytest.raises(Refusal, match="already runs"):
        preflight.lock_data_dir(settings, patience=0.3)
    os.close(lock)
    os.close(preflight.lock_data_dir(settings, patience=0.3))


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 2, "final", 0))
    with pytest.raises(Refusal, match=r"Python 3\.10 is too old: Steward needs 3\.11"):
        preflight.check_python()


def test_a_half_restored_data_directory_is_refused(settings: Settings, steward: Run) -> None:
    preflight.prepare_directories(settings)
    preflight.restore_mark(settings).touch()
    done = steward("up")
    assert done.returncode == 1
    assert "was interrupted: run the same `steward restore` again" in done.stderr
