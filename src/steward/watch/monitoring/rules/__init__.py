# SPDX-License-Identifier: Apache-2.0
"""What judges, one file each. A new file here is a new kind of rule; nothing else needs to be told.

A rule's module has:

- `SLUG`, the name of the file; `LABEL` and `SUMMARY`, what it is called and what it says, in the reader's language;
- `Config`: a pydantic model that forbids what it does not know; each field described and bounded;
- `words(params)`: the title of its alerts; `why(params)`: labels that explain one, each with words or an instant;
- `OUTAGE = True`, where its alerts say that an asset does not do what it is there for: then what hangs on the asset is explained by it;
- `run(held, going_on, at)`: the findings about all assets it holds for, at once. Its number of queries must not grow with them
  (asserted at 10 and at 1,000). `going_on` are the fingerprints of its unresolved alerts: what began ends by its own measure.
  Raises `CantJudge` when nothing can be learnt: then everything stays as it is, and the house is told that it is blind.
"""
