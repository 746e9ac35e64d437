# SPDX-License-Identifier: Apache-2.0
"""What the agent looks at, one file each. A new file here is a new collector; nothing else needs to be told.

A collector module has:

- its docstring: what it looks at, one line for the documentation;
- `SLUG`: its name in the configuration;
- `KIND`: `Kind.METRICS` or `Kind.INVENTORY`;
- `Config`: a frozen msgspec struct in which everything has a default;
- `collect`: `(Config, Past) -> Iterable[Reading]` for metrics (`METRICS` names what it may yield, each a row of
  `metrics.TABLE`), `(Config) -> section` for inventory (`SLUG` is the name of the section in the document).
"""
