# SPDX-License-Identifier: Apache-2.0
"""The door of agreements."""

from steward.promises.agreements.actions import AgreementTerms, agreement_activate, agreement_create
from steward.promises.agreements.events import AgreementActivated, AgreementAmended, AgreementEnded
from steward.promises.agreements.models import Agreement
from steward.promises.agreements.queries import Terms, terms_at

__all__ = [
    "Agreement",
    "AgreementActivated",
    "AgreementAmended",
    "AgreementEnded",
    "AgreementTerms",
    "Terms",
    "agreement_activate",
    "agreement_create",
    "terms_at",
]
