# SPDX-License-Identifier: Apache-2.0
"""Why a look ended as it did, in the reader's language: one file for each check, by its slug, and `every_check` for what holds for all.

A file has `NAME`, what people call the check; `SAYINGS`, a sentence by the code of each reason of that check; and, where
parameters are codes themselves, `VALUES`, words by parameter and code. Placeholders are the reason's parameters.
"""
