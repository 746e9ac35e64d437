# SPDX-License-Identifier: Apache-2.0
"""The sections of a report, one file each, in the order of their ORDER. A module has

SLUG      the name of its file
TITLE     what stands over it
ORDER     its place
FIGURES   the words of each figure, by the slug that `run` gives it
run       (client, month) -> Part: counts, in the scope of whoever makes the report; renders nothing
verdict   (part as it was frozen) -> Verdict: one sentence in the reader's language
said      (facts of a row) -> what counts about it, in the reader's language
charts    (part as it was frozen) -> what is drawn from it; may be left out"""
