# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a machine can check: each a function from what is there to a list of findings, in words."""
