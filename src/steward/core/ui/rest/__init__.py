# SPDX-License-Identifier: Apache-2.0
"""Endpoints about core things."""
