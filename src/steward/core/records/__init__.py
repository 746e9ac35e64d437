# SPDX-License-Identifier: Apache-2.0
"""A way to speak of any record without knowing its room: its kind, its reference, its number, its title and address.

Decides how a record is named. Does not decide what is in it, nor who may see it: its room declares the permission, and
the scope filters its rows. What happened to a record stands in the audit."""
