# SPDX-License-Identifier: Apache-2.0
"""How machines are kept: what is seen on them, judged, and told."""
