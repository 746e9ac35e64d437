# SPDX-License-Identifier: Apache-2.0
"""Every secret that the product knows, as its own code names them: what is sealed, for what; which files hold a secret; which
settings; which columns; where random secrets are made. A new one is found here before anybody has thought of a canary for it."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import steward_agent
from django.apps import apps

import steward
from steward.settings.env import Settings

MAKERS = frozenset({"token_urlsafe", "token_hex", "token_bytes", "get_random_string", "random_secret", "generate"})
SOUNDS_SECRET = re.compile(
    r"hash|secret|password|passw|token|sealed|session_(key|data)|(^|_)key$|hint|credential|otp|signature"
)
SETTING_SOUNDS_SECRET = re.compile(r"url|dsn|secret|password|token|key|anchor|hook")


def found_in_code() -> set[str]:
    """`sealed:<purpose>`, `file:<name>`, `made:<module>` for every call in the product's sources."""
    found: set[str] = set()
    for module, tree in _modules():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            found.update(_of_call(module, call))
    return found


def found_in_settings() -> set[str]:
    """`setting:<name>` for every setting that sounds like it holds a secret."""
    return {f"setting:{name}" for name in Settings.model_fields if SETTING_SOUNDS_SECRET.search(name)}


def found_in_tables() -> set[str]:
    """`column:<model>.<field>` for every column of every table whose name sounds like it holds a secret."""
    return {
        f"column:{model._meta.label_lower}.{each.name}"
        for model in apps.get_models()
        for each in model._meta.concrete_fields
        if SOUNDS_SECRET.search(each.name) and not each.is_relation
    }


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in (steward, steward_agent):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            if "migrations" not in path.parts:
                parts = path.relative_to(root.parent).with_suffix("").parts
                yield ".".join(parts).removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def _of_call(module: str, call: ast.Call) -> Iterator[str]:
    name = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    # A method `encrypt` of an adapter seals by calling the function, which is found as well.
    if name in ("encrypt", "decrypt") and len(call.args) > 1 and not module.startswith("steward.core.crypto"):
        yield f"sealed:{_text(module, call.args[0])}"
    elif name in ("secret", "secrets") and call.args:
        yield f"file:{_text(module, call.args[0])}"
    elif name in MAKERS:
        yield f"made:{module}"


def _text(module: str, argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    if isinstance(argument, ast.Name) and isinstance(said := getattr(import_module(module), argument.id, None), str):
        return said
    if isinstance(argument, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "*" for each in argument.values)
    return f"{module}: {ast.unparse(argument)}"
