"""`passlake corpus add`, `passlake corpus stats` and `passlake corpus leaks`."""

from typing import Annotated

import typer

from cli.options import Address, Engine, Json, Snapshot, Workers
from cli.output import output
from cli.progress import TaskProgress

app = typer.Typer(help="Grow a corpus of functions, and look at it.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, .c .cc .ll .bc files, archives, .parquet of bitcode,"
            " compile_commands.json, debian:NAME, pypi:NAME, csmith:COUNT, yarpgen:COUNT, @LIST.",
        ),
    ],
    *,
    engine: Engine = "local",
    address: Address = None,
    workers: Workers = None,
    retry_losses: Annotated[
        bool,
        typer.Option("--retry-losses", help="Do tasks again that lost files, as after an install."),
    ] = False,
    json: Json = False,
) -> None:
    """Add the functions of these sources; what is there already is not added again."""
    from autotune.executors.engines import EngineChoice
    from autotune.grow import grow
    from corpus.build import open_sources
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    choice = EngineChoice(engine, workers, address)
    toolchain = find_toolchain(context.obj.llvm)
    opened = open_sources(sources, toolchain)  # before the lake: a wrong name must not leave one
    lake = Lake.open(context.obj.lake, create=True)
    with choice.executor(lake) as executor, TaskProgress("corpus add") as progress:
        report = grow(
            lake, opened, toolchain, executor, retry_losses=retry_losses, progress=progress
        )
    output(as_json=json).show(report.document(), lines=report.lines())
    raise typer.Exit(1 if report.set_aside else 0)


@app.command()
def stats(context: typer.Context, *, json: Json = False) -> None:
    """Say what the corpus holds, and what did not make it in."""
    from corpus.packages import package_rows, packages
    from corpus.stats import card, card_lines
    from warehouse.lake import Lake

    lake = Lake.open(context.obj.lake)
    found = card(lake)
    output(as_json=json).show(found, rows=package_rows(packages(lake)), lines=card_lines(found))


@app.command()
def leaks(
    context: typer.Context,
    *,
    split: Annotated[
        str | None, typer.Option(help="Only what this split shares: valid or test.")
    ] = None,
    snapshot: Snapshot = None,
    json: Json = False,
) -> None:
    """Say what valid and test programs share with training programs."""
    from corpus.leaks import find_leaks
    from warehouse.lake import Lake

    found = find_leaks(Lake.open(context.obj.lake), split=split, snapshot=snapshot)
    output(as_json=json).show(found.document(), rows=found.rows(), lines=found.lines())
