# SPDX-License-Identifier: Apache-2.0
"""Settings derive what they can, and refuse what they can't take by naming the variable."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from steward.settings.env import SECRET_SETTINGS, Settings
from steward.settings.secrets import secret


def test_ports_and_addresses_follow_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_PORT", "9000")
    settings = Settings()
    assert (settings.live_port, settings.gateway_port) == (9001, 9002)
    assert settings.base_url == "http://localhost:9000"
    assert settings.live_base_url == "http://localhost:9001"
    assert settings.gateway_base_url == "http://localhost:9002"


@pytest.mark.parametrize(
    ("url", "live"),
    [
        ("https://desk.kuzey.example/", "https://desk.kuzey.example:8081"),
        ("http://[::1]:8080", "http://[::1]:8081"),
        ("http://localhost:8080", "http://localhost:8081"),
    ],
)
def test_the_live_address_shares_the_host(url: str, live: str) -> None:
    assert Settings(url=url).live_base_url == live


def test_a_port_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_PORT", "70000")
    with pytest.raises(ValidationError, match="port"):
        Settings()


def test_sockets_lie_elsewhere_when_the_data_lie_too_deep(tmp_path: Path) -> None:
    deep = Settings(data_dir=tmp_path / ("d" * 120))
    assert len(str(deep.runtime_dir / "pg" / ".s.PGSQL.5432")) < 107
    assert Settings(data_dir=Path("/srv/steward")).runtime_dir == Path("/srv/steward/run")


def test_a_secret_is_made_once_whoever_asks_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: secret("django", directory=tmp_path / "secrets"), range(32)))
    assert len(answers) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["django"]


@pytest.mark.parametrize("password", ["half/canary", "half#canary", "%zzcanary", "[canary", "half?canary"])
@pytest.mark.parametrize("name", ["database_url", "database_owner_url", "database_admin_url", "telemetry_url"])
def test_an_address_that_would_be_misread_is_refused_without_its_password(name: str, password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{name: f"postgresql://steward_app:{password}@db.example/steward"})  # type: ignore[arg-type]  # one of four
    assert name in str(refused.value)
    assert "canary" not in str(refused.value)


KEY = {"files_key_id": "AKIASTEWARD", "files_key_secret": "canary"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("s3://steward-files", "s3://steward-files"),
        ("s3://steward.files/msp/eu-1/", "s3://steward.files/msp/eu-1"),
        ("", ""),
    ],
)
def test_a_bucket_is_named_with_and_without_a_prefix(url: str, kept: str) -> None:
    assert Settings(files_url=url, **KEY).files_url == kept  # type: ignore[arg-type]  # all of them are texts


@pytest.mark.parametrize(
    "url",
    ["https://bucket", "s3://", "s3://B", "s3://key:canary@bucket", "s3://bucket/../x", "s3://bucket//x", "bucket"],
)
def test_what_names_no_bucket_is_refused_by_its_variable(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(files_url=url, **KEY)  # type: ignore[arg-type]  # all of them are texts
    assert "files_url" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ("https://s3.example.org", True),
        ("https://s3.example.org:9000/storage/s3", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://localhost:9000", True),
        ("http://s3.example.org", False),
        ("http://169.254.169.254", False),
        ("https://key:canary@s3.example.org", False),
        ("https://s3.example.org?x=1", False),
        ("https://[", False),
        ("https://s3.example.org:none", False),
        ("s3.example.org", False),
    ],
)
def test_a_provider_is_reached_over_tls_unless_it_is_this_machine(endpoint: str, taken: bool) -> None:
    if taken:
        assert Settings(files_endpoint=endpoint).files_endpoint == endpoint
        return
    with pytest.raises(ValidationError) as refused:
        Settings(files_endpoint=endpoint)
    assert "files_endpoint" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("key", [{}, {"files_key_id": "AKIASTEWARD"}, {"files_key_secret": "canary"}])
def test_a_bucket_without_a_whole_key_is_refused(key: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="STEWARD_FILES_KEY_ID and STEWARD_FILES_KEY_SECRET") as refused:
        Settings(files_url="s3://steward-files", **key)  # type: ignore[arg-type]  # all of them are texts
    assert "canary" not in str(refused.value)


def test_settings_that_hold_a_secret_are_not_shown() -> None:
    given = dict.fromkeys(SECRET_SETTINGS, "https://user:canary@host.example/x")
    shown = repr(Settings(**given))  # type: ignore[arg-type]  # all of them are texts
    assert "canary" not in shown
    assert Settings(smtp_url="smtp://u:p@h").smtp_url == "smtp://u:p@h"
