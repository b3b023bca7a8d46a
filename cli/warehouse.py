"""`passlake sql` and `passlake leaderboard`."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Json, Snapshot
from cli.output import output

if TYPE_CHECKING:
    from warehouse.lake import Lake


def sql(
    context: typer.Context,
    statement: Annotated[
        str | None,
        typer.Argument(help="One SELECT statement; - reads it from standard input."),
    ] = None,
    *,
    query: Annotated[str | None, typer.Option(help="Run the named query instead.")] = None,
    queries: Annotated[bool, typer.Option("--queries", help="List the named queries.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Describe every column.")] = False,
    snapshot: Snapshot = None,
    memory: Annotated[
        str | None, typer.Option(help="At most so much, as 4GB; default: half of what there is.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="table, csv, json, arrow or parquet.")
    ] = None,
    json: Json = False,
) -> None:
    """Ask the lake in SQL; nothing can be written. Without a statement, at a prompt."""
    from cli.sql_output import show_rows, write_rows
    from warehouse.ask import ask
    from warehouse.formats import WRITERS
    from warehouse.lake import Lake
    from warehouse.sql import memory_bytes

    chosen = format_ or ("json" if json else "table")
    if chosen != "table" and chosen not in WRITERS:
        formats = ", ".join(["table", *WRITERS])
        raise typer.BadParameter(f"{chosen}: there is {formats}", param_hint="--format")
    most = None if memory is None else memory_bytes(memory)
    lake = None if schema or queries else Lake.open(context.obj.lake)
    if lake is not None and statement is None and query is None and sys.stdin.isatty():
        _prompt(lake, snapshot, most)
        return
    text = sys.stdin.read() if statement == "-" else statement
    with ask(
        lake, text, query=query, queries=queries, schema=schema, snapshot=snapshot, memory=most
    ) as rows:
        if chosen == "table":
            show_rows(rows)
        else:
            write_rows(chosen, rows)


def _prompt(lake: "Lake", snapshot: str | None, memory: int | None) -> None:
    from cli.sql_prompt import SqlPrompt

    with closing(SqlPrompt(lake, snapshot, memory)) as prompt:
        prompt.run()


def leaderboard(context: typer.Context, *, snapshot: Snapshot = None, json: Json = False) -> None:
    """Every method on one ruler: gain over -Oz, pooled over functions, and what it cost."""
    from warehouse.lake import Lake
    from warehouse.leaderboard import leaderboard as rank

    rows = rank(Lake.open(context.obj.lake), snapshot=snapshot)
    output(as_json=json).show({"rows": rows}, rows=rows)
