# SPDX-License-Identifier: Apache-2.0
"""The kinds of questions that rooms declare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Question:
    """`text` is what is asked, with %(name)s places for the parameters."""

    kind: str
    text: Promise | str
    params: frozenset[str]


class UnknownQuestion(LookupError):
    """No room declared this kind of question."""


_questions: dict[str, Question] = {}


def register_question(kind: str, *, text: Promise | str, params: frozenset[str] = frozenset()) -> None:
    """Declare a question, "room.what_is_asked". Raises ValueError when it was declared before, for something else."""
    declared = Question(kind, text, params)
    if _questions.setdefault(kind, declared).params != params:
        raise ValueError(f"{kind}: declared twice")


def question(kind: str) -> Question:
    """The declaration of `kind`. Raises UnknownQuestion."""
    try:
        return _questions[kind]
    except KeyError:
        raise UnknownQuestion(kind) from None


def question_text(kind: str, params: Mapping[str, Any]) -> str:
    """What is asked, in the reader's language; the kind itself when no room knows it any more."""
    try:
        return str(question(kind).text) % params
    except (UnknownQuestion, KeyError, TypeError, ValueError):
        return kind
