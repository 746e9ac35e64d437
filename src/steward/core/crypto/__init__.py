# SPDX-License-Identifier: Apache-2.0
"""Encryption of what is kept: one key-encryption key outside the database, named data keys wrapped by it, rotation.

Decides the form of a sealed value. Does not decide what is sealed: the room that keeps the value does."""
