# SPDX-License-Identifier: Apache-2.0
"""What is known before Django starts: the typed environment, the secrets on disk, the ledger's processes, Django's settings."""
