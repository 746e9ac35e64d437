# SPDX-License-Identifier: Apache-2.0
"""The one table kit: a definition gives the page, the REST list, the files and the saved views."""
