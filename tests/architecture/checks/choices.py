# SPDX-License-Identifier: Apache-2.0
"""Rule 4: a dangerous choice has no default. Rule 7: money is Decimal. Rule 11: tests don't sleep and hope."""

import ast
from collections.abc import Iterable

from tests.architecture.checks.sources import Source

DANGEROUS = {"for_admin", "notify_client", "pre_approved", "force", "every_client", "skip_audit", "is_public"}
MONEY = ("price", "amount", "cost", "fee", "credit_value", "invoice_total")


def defaulted_dangers(modules: Iterable[Source]) -> list[str]:
    """Parameters of dangerous names that have a default or may be given by position."""
    findings = []
    for source in modules:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                findings += [
                    f"{source.path}:{node.lineno}: {name} of {node.name}() must be a keyword without a default"
                    for name in _loose(node)
                ]
    return findings


def _loose(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    positional = [each.arg for each in (*node.args.posonlyargs, *node.args.args) if each.arg in DANGEROUS]
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return positional + [each.arg for each, default in keywords if each.arg in DANGEROUS and default is not None]


def floating_money(modules: Iterable[Source]) -> list[str]:
    """FloatFields whose name speaks of money."""
    findings = []
    for source in modules:
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call)):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = target.id if isinstance(target, ast.Name) else ""
            if ast.unparse(node.value.func).endswith("FloatField") and any(word in name for word in MONEY):
                findings.append(f"{source.path}:{node.lineno}: {name} is money: DecimalField with a currency")
    return findings


def hopeful_sleeps(modules: Iterable[Source]) -> list[str]:
    """Calls of time.sleep in tests outside a loop that looks again."""
    findings = []
    for source in modules:
        in_loops = {
            id(inner)
            for loop in ast.walk(source.tree)
            if isinstance(loop, ast.While | ast.For | ast.AsyncFor)
            for inner in ast.walk(loop)
        }
        for node in ast.walk(source.tree):
            sleeps = isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep"}
            if sleeps and id(node) not in in_loops:
                findings.append(
                    f"{source.path}:{node.lineno}: wait for what you expect, with a deadline, instead of sleeping"
                )
    return findings
