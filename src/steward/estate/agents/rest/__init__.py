# SPDX-License-Identifier: Apache-2.0
"""What programs may do with agents, and what agents ask for themselves."""
