# SPDX-License-Identifier: Apache-2.0
"""The pages' files, collected under names that hold their content's hash; done again only when one of them changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = ".collected"
NOT_SERVED = ["django_htmx"]  # the pages bring htmx themselves


def collect_files() -> bool:
    """Collect into STATIC_ROOT; False when everything is as it was."""
    root: Path = settings.STATIC_ROOT
    stamp = _stamp()
    if (root / STAMP).is_file() and (root / STAMP).read_text(encoding="ascii") == stamp:
        return False
    root.mkdir(parents=True, exist_ok=True)
    (root / STAMP).unlink(missing_ok=True)  # a run that dies half way is not taken for done
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=NOT_SERVED)
    (root / STAMP).write_text(stamp, encoding="ascii")
    return True


def _stamp() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        seen = path.stat()
        digest.update(f"{path} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list(NOT_SERVED):
            yield Path(storage.path(name))
