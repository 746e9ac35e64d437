# SPDX-License-Identifier: Apache-2.0
"""`steward doctor`: what is wrong here, and the remedy."""

import json
from collections import Counter
from dataclasses import asdict

import typer

from steward.cli.doctor import house, machine
from steward.cli.doctor.findings import Finding, Level
from steward.settings.env import get_settings

SIGNS = {Level.GOOD: "ok  ", Level.WARNING: "warn", Level.WRONG: "FAIL"}
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def doctor(
    as_json: bool = typer.Option(False, "--json", help="For programs: a list of findings."),
) -> None:
    """Look at everything and say what is wrong. Changes nothing. Exit code 1 when something is wrong, else 0."""
    settings = get_settings()
    findings = [check(settings) for check in (*machine.CHECKS, *house.CHECKS)]
    if as_json:
        print(json.dumps([asdict(each) for each in findings], indent=1))
    else:
        _print(findings)
    if any(each.level is Level.WRONG for each in findings):
        raise typer.Exit(code=1)


def _print(findings: list[Finding]) -> None:
    for each in findings:
        print(f"{SIGNS[each.level]}  {each.check:<10}  {each.found}")
        if each.remedy:
            print(f"                  -> {each.remedy}")
    counted = Counter(each.level for each in findings)
    print(f"{len(findings)} checks: {counted[Level.WRONG]} wrong, {counted[Level.WARNING]} to be looked at.")
