"""`passlake check`, `passlake maintain` and `passlake report`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, Snapshot
from cli.output import output


def check(context: typer.Context, *, json: Json = False) -> None:
    """Say whether everything that was committed is there, once, as it was; writes nothing."""
    from warehouse.check import check as look
    from warehouse.lake import Lake

    found = look(Lake.open(context.obj.lake))
    output(as_json=json).show(found.document(), lines=found.lines())
    raise typer.Exit(1 if found.damages else 0)


def maintain(
    context: typer.Context,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    hours: Annotated[
        float,
        typer.Option(min=0, help="Remove nothing younger, in hours; in a bucket at least 24."),
    ] = 168.0,
    json: Json = False,
) -> None:
    """Put right what can be, merge small files, and remove what nothing names any more."""
    from warehouse.lake import Lake
    from warehouse.maintenance import maintain as put_in_order

    def tell(line: str) -> None:
        sys.stderr.write(line + "\n")

    done = put_in_order(Lake.open(context.obj.lake), dry_run=dry_run, hours=hours, tell=tell)
    output(as_json=json).show(done.document(), lines=done.lines())
    raise typer.Exit(1 if done.left else 0)


def report(
    context: typer.Context,
    *,
    to: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path(
        "report.html"
    ),
    objective: Annotated[
        str, typer.Option(help="What the figures are of: instructions or object_bytes.")
    ] = "instructions",
    snapshot: Snapshot = None,
    json: Json = False,
) -> None:
    """Write what the lake has found as one page that needs nothing else to be read."""
    from warehouse.lake import Lake
    from warehouse.report import write_report

    size = write_report(Lake.open(context.obj.lake), to, snapshot=snapshot, objective=objective)
    said = f"{to}: {size / 2**20:.1f} MiB"
    output(as_json=json).show({"file": str(to), "file_bytes": size}, lines=[said])
