# SPDX-License-Identifier: Apache-2.0
"""What `steward doctor` looks at. Every check looks for itself, writes nothing, and names the remedy with what it finds."""
