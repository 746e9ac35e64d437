# SPDX-License-Identifier: Apache-2.0
"""What `steward doctor` looks at. Every check looks for itself, changes nothing, and names the remedy with what it finds.

A bucket alone is written to: one small object, deleted again."""
