# SPDX-License-Identifier: Apache-2.0
"""`steward audit`: is the audit still what was written?"""

from pathlib import Path
from typing import Annotated

import typer

from steward.cli.refusal import Refusal
from steward.core.audit.public import BadAnchor, export_anchor, local_anchors, read_anchors
from steward.core.audit.public import verify as verify_chain

app = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True)


@app.command()
def verify(
    anchors: Annotated[
        list[Path] | None, typer.Argument(help="Anchor files exported earlier, from where they were sent.")
    ] = None,
) -> None:
    """Walk the chain and hold it against its anchors. Exit code 1 when anything was changed, removed or reordered."""
    given = [path for path in [*(anchors or []), local_anchors()] if path.exists() or path in (anchors or [])]
    try:
        heads = [head for path in given for head in read_anchors(path)]
    except (OSError, BadAnchor) as error:
        raise Refusal(f"an anchor file can't be read: {error}. Give the file as it was exported.") from None
    report = verify_chain(heads)
    print(
        f"{report.checked} links checked up to {report.head}; {report.anchors} anchors, the last at {report.anchored_to}."
    )
    for finding in report.findings:
        print(f"  {finding.kind} at {finding.seq}: {finding.detail}")
    if not report.clean:
        print(f"{len(report.findings)} findings: the audit is not what was written.")
        raise typer.Exit(code=1)
    if report.anchored_to < report.head:
        print(f"Links after {report.anchored_to} are not anchored yet: cutting them off could not be told.")
    print("Nothing was changed.")


@app.command()
def anchor() -> None:
    """Export an anchor now, to the place STEWARD_AUDIT_ANCHOR names; it is made daily anyway."""
    head = export_anchor()
    print("Nothing has been audited yet." if head is None else head.line())
