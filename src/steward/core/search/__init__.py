# SPDX-License-Identifier: Apache-2.0
"""Finding records by words: one document for each record, searched by the beginnings of words, in Turkish and English alike.

Decides how words are folded and ranked. Does not decide what is said of a record: its room's `search.py` does. Rows follow
the client's scope, kinds the actor's permissions; a record without a client is found by those who see every client."""
