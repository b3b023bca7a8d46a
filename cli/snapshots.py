"""`passlake snapshot`: states of all tables under names, and their ways out and in."""

import sys
from typing import Annotated

import typer

from cli.options import Json, takes_selection
from cli.output import output
from corpus.selection import Selection

app = typer.Typer(help="Name a state of all tables for ever.", no_args_is_help=True)


@app.command()
def create(context: typer.Context, name: str, *, json: Json = False) -> None:
    """Name the present state of all tables, less the training functions that leak."""
    from corpus.leave_out import create_snapshot, snapshot_lines
    from warehouse.lake import Lake

    made = create_snapshot(Lake.open(context.obj.lake), name)
    output(as_json=json).show(made.document(), lines=snapshot_lines(made))


@app.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """Say which snapshots there are."""
    from warehouse import snapshot
    from warehouse.lake import Lake

    rows = [one.document() for one in snapshot.list_(Lake.open(context.obj.lake))]
    shown = [{key: row[key] for key in ("name", "created_at", "left_out")} for row in rows]
    output(as_json=json).show({"snapshots": rows}, rows=shown)


@app.command()
def show(
    context: typer.Context,
    name: str,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Read every file and compare its hash.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what a snapshot is made of."""
    from warehouse.contents import contents
    from warehouse.lake import Lake

    found = contents(Lake.open(context.obj.lake), name, check=check)
    output(as_json=json).show(found.document(), rows=found.rows(), lines=found.lines())
    if found.damaged:
        raise typer.Exit(1)


@app.command()
def diff(
    context: typer.Context,
    before: str,
    after: Annotated[str | None, typer.Argument(help="By default the present.")] = None,
    *,
    most: Annotated[int, typer.Option(help="List so many rows of each kind.")] = 20,
    json: Json = False,
) -> None:
    """Say what differs: functions, best lists, verdicts."""
    from warehouse.diff import diff as compare
    from warehouse.lake import Lake

    found = compare(Lake.open(context.obj.lake), before, after, most=max(0, most))
    shown = [dict(row) for row in found.best.rows]
    output(as_json=json).show(found.document(), rows=shown, lines=found.lines())


@app.command()
def pull(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Another lake: a folder, or an http address.")],
    name: Annotated[str, typer.Argument(help="The snapshot to pull.")],
    *,
    as_name: Annotated[
        str | None, typer.Option("--as", help="Its name here; by default the same.")
    ] = None,
    json: Json = False,
) -> None:
    """Bring another lake's snapshot into this one; every file is checked by its hash."""
    from cli.transfer import Transfer
    from warehouse.lake import Lake
    from warehouse.pull import pull as bring

    lake = Lake.open(context.obj.lake, create=True)
    found = bring(lake, source, name, as_name=as_name, tell=Transfer(sys.stderr))
    output(as_json=json).show(found.document(), lines=found.lines())


@app.command()
@takes_selection
def export(
    context: typer.Context,
    name: str,
    to: Annotated[str, typer.Argument(help="A new folder, or a file that ends in .duckdb.")],
    *,
    layout: Annotated[
        str | None, typer.Option(help="parquet, duckdb or huggingface; default by the name.")
    ] = None,
    license_: Annotated[
        list[str] | None,
        typer.Option("--license", help="Only code under these: an SPDX name, or permissive."),
    ] = None,
    selection: Selection,
    json: Json = False,
) -> None:
    """Write a snapshot as files that need no Passlake."""
    from corpus.selection import select
    from warehouse.export import LAYOUTS
    from warehouse.export import export as write
    from warehouse.lake import Lake

    lake = Lake.open(context.obj.lake)
    chosen = layout or ("duckdb" if to.endswith(".duckdb") else "parquet")
    if chosen not in LAYOUTS:
        raise typer.BadParameter(f"{chosen}: there is {', '.join(LAYOUTS)}", param_hint="--layout")
    all_of_it = selection == Selection(seed=selection.seed)
    ids = None if all_of_it else select(lake, selection, snapshot=name)
    found = write(lake, name, to, layout=chosen, functions=ids, licences=license_ or [])
    output(as_json=json).show(found.document(), lines=found.lines())
