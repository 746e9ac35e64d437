# SPDX-License-Identifier: Apache-2.0
"""The audit's SQL by name."""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.M)


def _read() -> dict[str, str]:
    parts = _NAME.split((files(__package__) / "queries.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], (body.strip().removesuffix(";") for body in parts[2::2]), strict=True))


QUERIES = _read()
