# SPDX-License-Identifier: Apache-2.0
"""Collecting the front-end files: one clear line when it can't be done, nothing when it was done."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from steward.core.ui import assets
from steward.core.ui.assets import AssetsError, collect


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, with this one's lock file and nothing collected."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in assets.NPM_FILES:
        shutil.copy2(assets.CHECKOUT / name, root / name)
    monkeypatch.setattr(assets, "CHECKOUT", root)
    monkeypatch.setattr(assets, "VENDOR", root / "vendor")
    monkeypatch.setattr(assets, "STAMP", root / "vendor" / ".stamp")
    return root


def test_collected_files_are_left_alone_until_the_lock_file_changes(checkout: Path) -> None:
    uses = assets.icons_used(assets.PACKAGE)
    assets.VENDOR.mkdir()
    assets.STAMP.write_text(assets._stamp(checkout / "package-lock.json", uses))
    assert collect(say=pytest.fail) is False
    lock = checkout / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert assets._stamp(lock, uses) != assets.STAMP.read_text()


def test_a_registry_that_does_not_answer_is_one_line(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    with pytest.raises(AssetsError, match=r"npm ci failed \(1\): .+ Check the network") as failed:
        collect(say=lambda _words: None)
    assert "\n" not in str(failed.value)
    assert not assets.STAMP.exists()


def test_a_full_disk_is_told_before_anything_is_fetched(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    with pytest.raises(AssetsError, match=r"need 300 MB in .+, 1 MB are free"):
        collect(say=lambda _words: None)


def test_without_a_checkout_a_wheel_has_them_already(checkout: Path) -> None:
    (checkout / "package-lock.json").unlink()
    with pytest.raises(AssetsError, match=r"no package-lock\.json"):
        collect(say=pytest.fail)
    for name in assets.FILES.values():
        (assets.VENDOR / name).parent.mkdir(parents=True, exist_ok=True)
        (assets.VENDOR / name).touch()
    assert collect(say=pytest.fail) is False


def test_the_lock_file_says_what_is_accepted_and_not_from_where() -> None:
    lock = (assets.CHECKOUT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') >= len({"core", "icons", "echarts", "htmx", "uplot"})


def test_what_was_collected_is_what_pages_ask_for() -> None:
    collected = Path(assets.HERE) / "static" / "vendor"
    absent = [name for name in (*assets.FILES.values(), "icons.svg") if not (collected / name).is_file()]
    assert not absent, f"Collect the assets: python -m steward.core.ui.assets. Missing: {absent}"
