# SPDX-License-Identifier: Apache-2.0
"""Findings, one a line, where a check fails."""

from collections.abc import Sequence


def assert_none(findings: Sequence[str]) -> None:
    """Fail with every finding in words."""
    assert not findings, "\n" + "\n".join(findings)
