# SPDX-License-Identifier: Apache-2.0
"""Steward: the open operations platform for managed service providers, built around the promise."""

__version__ = "0.1.0"
