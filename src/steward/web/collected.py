# SPDX-License-Identifier: Apache-2.0
"""The pages' files, collected and compressed in the data directory; done again only when one of them changed."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from steward.web.middleware.static_files import NOT_SERVED, STAMP, version


def collect_files() -> bool:
    """Collect into STATIC_ROOT; False when everything is as it was."""
    root: Path = settings.STATIC_ROOT
    if (root / STAMP).is_file() and (root / STAMP).read_text(encoding="ascii") == version():
        return False
    root.mkdir(parents=True, exist_ok=True)
    (root / STAMP).unlink(missing_ok=True)  # a run that dies half way is not taken for done
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=NOT_SERVED)
    (root / STAMP).write_text(version(), encoding="ascii")
    return True
