# SPDX-License-Identifier: Apache-2.0
"""F6 for the whole of `steward up`: its disk fills to the last byte, logs included, and everything heals when it is freed."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.house import House, until

SIZE_MB = 1100
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk"),
]


@pytest.fixture
def home() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="steward-small-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=711", "tmpfs", str(folder)], check=True)
    made = House(folder)
    yield made
    made.end()
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with suppress(OSError), filler.open("ab") as handle:
        while True:
            handle.write(b"\0" * 65536)
    return filler


def _filled_and_warned(home: House) -> bool:
    fill(home.settings.data_dir)  # PostgreSQL gives back what it logged ahead when it recovers from the first refusal
    return home.says("full. Free some of it.")


def how_it_stands(home: House) -> str:
    return "\n".join([str(shutil.disk_usage(home.settings.data_dir)), *home.lines])


def test_a_full_disk_is_said_and_everything_heals_when_it_is_freed(home: House) -> None:
    home.start()
    filler = fill(home.settings.data_dir)
    until(lambda: _filled_and_warned(home), 40, lambda: f"a warning; {how_it_stands(home)}", home)
    end = time.monotonic() + 15
    while time.monotonic() < end:  # agents go on sending, jobs go on being due, logs go on being written
        fill(home.settings.data_dir.parent)
        assert home.process is not None
        assert home.process.poll() is None, how_it_stands(home)
        home.get("/healthz")
        time.sleep(0.5)
    home.run("doctor", "--json")
    filler.unlink()
    (home.settings.data_dir.parent / "filler").unlink()
    took = until(home.is_ready, 60, lambda: f"readiness; {home.run('doctor').stdout}", home)
    print(f"healed {took:.1f} s after the disk was freed")
    assert {each.state for each in home.control.states().values()} == {"RUNNING"}
