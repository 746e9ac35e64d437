# SPDX-License-Identifier: Apache-2.0
"""The door of outward."""

from steward.core.outward.asking import Question, Reply, Unreached, ask, origin_of, refusal_of
from steward.core.outward.sayings import BAD_ADDRESS, reach_words

__all__ = [
    "BAD_ADDRESS",
    "Question",
    "Reply",
    "Unreached",
    "ask",
    "origin_of",
    "reach_words",
    "refusal_of",
]
