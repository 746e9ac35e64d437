# SPDX-License-Identifier: Apache-2.0
"""Words: gathering what is marked, the catalogue of a language, and a pseudo-locale that finds what is not marked.

Done in Python alone, since GNU gettext is on no machine by itself and no newcomer should have to install it."""
