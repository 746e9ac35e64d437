# SPDX-License-Identifier: Apache-2.0
"""The door of approvals."""

from steward.core.approvals.actions import ask, decide, withdraw
from steward.core.approvals.events import ApprovalAsked, ApprovalEnded
from steward.core.approvals.models import Approval, Decision
from steward.core.approvals.queries import approvals, approvals_of, find_approval, may_answer, waiting_for_me
from steward.core.approvals.questions import question_text, register_question

__all__ = [
    "Approval",
    "ApprovalAsked",
    "ApprovalEnded",
    "Decision",
    "approvals",
    "approvals_of",
    "ask",
    "decide",
    "find_approval",
    "may_answer",
    "question_text",
    "register_question",
    "waiting_for_me",
    "withdraw",
]
