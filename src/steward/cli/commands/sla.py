# SPDX-License-Identifier: Apache-2.0
"""`steward sla`: check a clock by hand, and all that are kept."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from steward.core.tenancy.public import scoped, system_scope
from steward.promises.sla.public import Fault, Verified, explained, lines, parse
from steward.promises.sla.public import verify as verify_clocks

BAD_INPUT = 2
LARGEST = 20_000_000  # bytes
INSTANTS = ("zero", "due", "met", "breached")

app = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def sla() -> None:
    """Service levels."""


@app.command()
def explain(
    file: Annotated[
        str, typer.Argument(help="A document as docs/explanation/sla-clock.md shows it; - reads standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a timeline.")] = False,
) -> None:
    """Say what the clocks of a ticket show, and why every second of them counted or did not."""
    try:
        answer = explained(parse(_read(file)))
    except Fault as fault:
        _refuse(str(fault))
    print(json.dumps(answer, indent=2, ensure_ascii=False) if as_json else "\n".join(lines(answer)))


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Read every clock anew from what happened and hold it against what is kept. Exit code 1 when any differs."""

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} clocks …", end="", file=sys.stderr, flush=True)

    with scoped(system_scope("sla.verify")):
        found = verify_clocks(progress=progress)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    if as_json:
        print(json.dumps(asdict(found), indent=2, default=str))
    else:
        print("\n".join(_verified(found)))
    if found.differing:
        raise typer.Exit(code=1)


def _verified(found: Verified) -> Iterator[str]:
    yield f"{found.clocks} clocks read; {found.waiting} are about to be looked at and were left out."
    for each in found.differences:
        kept, read = _worded(each.field, each.kept), _worded(each.field, each.read)
        yield f"  {each.subject_kind} {each.subject_uid} {each.kind}: {each.field} is kept as {kept}, reads {read}"
    if found.differing:
        yield f"Clocks that are not what follows from what happened: {found.differing}."
    else:
        yield "Every clock is what follows from what happened."


def _worded(field: str, value: str | int | None) -> str:
    if isinstance(value, int) and field in INSTANTS:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return "nothing" if value is None else f"{value} s" if isinstance(value, int) else value


def _read(file: str) -> Any:
    name = "standard input" if file == "-" else file
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as handle:
                raw = handle.read(LARGEST + 1)
    except OSError as error:
        _refuse(f"{name} can't be read: {error.strerror}.")
    if len(raw) > LARGEST:
        _refuse(f"{name} is larger than {LARGEST // 1_000_000} MB.")
    try:
        return json.loads(raw, parse_float=Decimal, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        _refuse(f"{name} is no JSON document: {error.msg} in line {error.lineno}.")
    except Fault:
        raise
    except (ValueError, RecursionError):
        _refuse(f"{name} is no JSON document.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. The same name twice is a slip of whoever wrote it: which of the two was meant?"""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Fault(name[:200], "is given twice")
        found[name] = value
    return found


def _refuse(words: str) -> NoReturn:
    print(f"steward: {' '.join(words.split())}", file=sys.stderr)
    raise typer.Exit(code=BAD_INPUT)
