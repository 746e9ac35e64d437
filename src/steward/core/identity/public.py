# SPDX-License-Identifier: Apache-2.0
"""The door of identity."""

from steward.core.identity.models import User, fold_email

__all__ = ["User", "fold_email"]
