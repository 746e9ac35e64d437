# SPDX-License-Identifier: Apache-2.0
"""The kit every page is made of: parts, tables, forms, charts, live updates, and the pages about core things."""
