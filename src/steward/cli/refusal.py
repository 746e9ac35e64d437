# SPDX-License-Identifier: Apache-2.0
"""The one way a command says no."""


class Refusal(Exception):
    """The command can't go on. The text is one line that names what is wrong and the remedy."""
