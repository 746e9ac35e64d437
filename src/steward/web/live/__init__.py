# SPDX-License-Identifier: Apache-2.0
"""Live events: tells an open page that something it shows has changed, by server-sent events (WHATWG HTML, section 9.2).

Only topics travel, never content: a page that is told asks anew, with its reader's rights. One process serves many streams;
the database is asked when a stream opens and every few seconds for all of them together, never per event."""
