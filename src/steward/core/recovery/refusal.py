# SPDX-License-Identifier: Apache-2.0
"""The one way this room says no."""


class RecoveryRefused(Exception):
    """A backup or a restore can't go on. The text is one line for an operator: what is wrong, and the remedy; no secret."""
