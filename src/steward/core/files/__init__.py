# SPDX-License-Identifier: Apache-2.0
"""Files that people hand in: kept by their content, for each client apart, given out only as attachments.

Decides that a file is of an allowed type and size, whole or not there, and never run by a browser. Does not decide who may
read one: the kind of file names the permission, and the scope filters the rows. Nothing is ever unpacked here."""
