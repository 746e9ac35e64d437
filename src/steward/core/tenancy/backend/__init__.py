# SPDX-License-Identifier: Apache-2.0
"""Django's PostgreSQL backend, which tells the database the scope whenever a transaction begins."""
