# SPDX-License-Identifier: Apache-2.0
"""From the JSON schema of a configuration to the fields of a form, and back. What may be in them, the configuration decides."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

PREFIX: Final = "config_"
# Marks a list whose values may have commas: one on a line.
LINES: Final = "x-lines"


def fields_of(schema: Mapping[str, Any]) -> dict[str, forms.Field]:
    """A field for each property, by its name with PREFIX before it."""
    required = schema.get("required") or ()
    found = {}
    for name, part in schema["properties"].items():
        field = _field(_resolved(part, schema))
        field.label = name.replace("_", " ").capitalize()
        field.required = name in required
        field.help_text = part.get("description", "")
        if part.get("default") is not None:
            field.initial = shown(part["default"])
        found[f"{PREFIX}{name}"] = field
    return found


def config_of(schema: Mapping[str, Any], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that a form's values stand for; what was left empty is left out."""
    config: dict[str, Any] = {}
    for name, part in schema["properties"].items():
        value = cleaned.get(f"{PREFIX}{name}")
        if value is None or value == "":
            continue
        kind = _resolved(part, schema).get("type")
        if kind == "array" and LINES in part:
            value = [each for each in str(value).splitlines() if each]
        elif kind == "array":
            value = [each.strip() for each in str(value).replace(",", "\n").splitlines() if each.strip()]
        elif kind == "object":
            pairs = [line.partition(":") for line in str(value).splitlines() if line.strip()]
            value = {key.strip(): text.strip() for key, _colon, text in pairs}
        elif kind == "integer":
            value = int(value)
        config[name] = value
    return config


def initial_of(config: Mapping[str, Any], schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a configuration has in these fields; with `schema`, lists of lines are shown as such."""
    parts = schema["properties"] if schema is not None else {}
    return {
        f"{PREFIX}{name}": "\n".join(map(str, value)) if LINES in parts.get(name, {}) else shown(value)
        for name, value in config.items()
    }


def shown(value: Any) -> Any:
    """A value as a field shows it: lists with commas, mappings as lines."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {text}" for key, text in value.items())
    return value


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in part:
        found: Mapping[str, Any] = schema["$defs"][part["$ref"].rpartition("/")[2]]
        return found
    if "anyOf" in part:
        return next((each for each in part["anyOf"] if each.get("type") != "null"), part)
    return part


def _field(part: Mapping[str, Any]) -> forms.Field:
    if "enum" in part:
        return forms.ChoiceField(choices=[(each, str(each)) for each in part["enum"]])
    kind = part.get("type")
    if kind == "boolean":
        return forms.BooleanField()
    if kind == "integer":
        return forms.IntegerField(min_value=part.get("minimum"), max_value=part.get("maximum"))
    if kind == "number":
        return forms.FloatField(min_value=part.get("minimum"), max_value=part.get("maximum"))
    if kind == "object" or LINES in part:
        return forms.CharField(widget=forms.Textarea, max_length=20_000)
    return forms.CharField(max_length=part.get("maxLength", 2_000))
