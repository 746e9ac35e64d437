# SPDX-License-Identifier: Apache-2.0
"""Rule 9: what a job or an event carries lies in a table that many read, so it is a reference and never a secret."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping

REFERENCES = {"UUID", "int", "str", "bool", "datetime", "date", "UUID | None", "int | None", "str | None", "list[UUID]"}
SECRET_WORDS = ("password", "secret", "token", "passphrase", "private_key", "cookie", "credential")


def taken(function: Callable[..., object]) -> dict[str, object]:
    """A function's parameters with their annotations."""
    return {name: each.annotation for name, each in inspect.signature(function).parameters.items()}


def held(dataclass: type) -> dict[str, object]:
    """A dataclass's fields with their annotations."""
    return {each.name: each.type for each in dataclasses.fields(dataclass)}


def unfit(carried: Mapping[str, Mapping[str, object]]) -> list[str]:
    """What sounds secret, or is of a type that is no reference; `carried` holds names and annotations by job or event."""
    findings = []
    for carrier, values in carried.items():
        for name, said in values.items():
            written = said if isinstance(said, str) else getattr(said, "__name__", str(said))
            if any(word in name for word in SECRET_WORDS):
                findings.append(f"{carrier}: {name} sounds like a secret; pass the record that holds it, sealed")
            elif (
                written not in REFERENCES and name != "ids"
            ):  # several references by their names, each looked at where it came from
                findings.append(f"{carrier}: {name} is {written}; pass a reference to it")
    return findings
