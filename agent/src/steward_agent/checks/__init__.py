# SPDX-License-Identifier: Apache-2.0
"""What can be observed from a place, one file each. A new file here is a new check; nothing else needs to be told.

A check module has:

- its docstring: what it observes, one line for the documentation;
- `SLUG`: its name in assignments, documents and addresses;
- `VERSION`: grows when `Config` learns a field, so that a server knows what an agent understands;
- `Config`: a frozen msgspec struct, every part bounded and described; a rule over several fields raises
  `ValueError("field: why")` in `__post_init__`;
- `METRICS`: the `Metric` rows of what it may measure;
- `REASONS`: the `Reason` rows it may end with, beside the common ones;
- `run`: `(Config, Visit) -> Observation`, or it raises `Ended`.

A check judges one instant and remembers nothing; rules over time, alerts and words for people are the server's. The
form, the REST schema, the documentation, what an agent announces and the contract tests derive from the one file.
"""
