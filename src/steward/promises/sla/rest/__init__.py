# SPDX-License-Identifier: Apache-2.0
"""Service levels for programs: the same actions and lists as the pages, and the clock itself."""
