"""`passlake sql`, `passlake leaderboard` and `passlake snapshot`."""

import sys
from typing import Annotated

import typer

from cli.options import Json, Snapshot
from cli.output import output

snapshots = typer.Typer(help="Name a state of all tables for ever.", no_args_is_help=True)


def sql(
    context: typer.Context,
    statement: Annotated[str | None, typer.Argument(help="One SELECT statement.")] = None,
    *,
    query: Annotated[str | None, typer.Option(help="Run the named query instead.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Describe every column.")] = False,
    snapshot: Snapshot = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="table, csv, json, arrow or parquet.")
    ] = None,
    json: Json = False,
) -> None:
    """Ask the lake in SQL; nothing can be written."""
    from warehouse.ask import ask
    from warehouse.formats import WRITERS
    from warehouse.lake import Lake

    chosen = format_ or ("json" if json else "table")
    if chosen != "table" and chosen not in WRITERS:
        formats = ", ".join(["table", *WRITERS])
        raise typer.BadParameter(f"{chosen}: there is {formats}", param_hint="--format")
    lake = None if schema else Lake.open(context.obj.lake)
    rows = ask(lake, statement, query=query, schema=schema, snapshot=snapshot)
    if chosen == "table":
        listed = rows.to_pylist()
        output(as_json=False).show({}, rows=listed, lines=[f"{len(listed)} rows"])
    else:
        WRITERS[chosen](rows, sys.stdout.buffer)


def leaderboard(context: typer.Context, *, snapshot: Snapshot = None, json: Json = False) -> None:
    """Every method on one ruler: gain over -Oz, pooled over functions, and what it cost."""
    from warehouse.lake import Lake
    from warehouse.leaderboard import leaderboard as rank

    rows = rank(Lake.open(context.obj.lake), snapshot=snapshot)
    output(as_json=json).show({"rows": rows}, rows=rows)


@snapshots.command()
def create(context: typer.Context, name: str, *, json: Json = False) -> None:
    """Name the present state of all tables, less the training functions that leak."""
    from corpus.leave_out import create_snapshot, snapshot_lines
    from warehouse.lake import Lake

    made = create_snapshot(Lake.open(context.obj.lake), name)
    output(as_json=json).show(made.document(), lines=snapshot_lines(made))


@snapshots.command("list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """Say which snapshots there are."""
    from warehouse import snapshot
    from warehouse.lake import Lake

    rows = [one.document() for one in snapshot.list_(Lake.open(context.obj.lake))]
    output(as_json=json).show({"snapshots": rows}, rows=rows)
