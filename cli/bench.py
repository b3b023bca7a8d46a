"""`passlake bench`: figures and ratios, measured in one run."""

from typing import Annotated

import typer

from cli.options import Json
from cli.output import output

app = typer.Typer(help="Measure figures and ratios, each in one run.", no_args_is_help=True)


@app.callback()
def benches() -> None:
    """Keep `engine` a command of its own while it is the only one."""


@app.command()
def engine(
    context: typer.Context,
    *,
    lists: Annotated[int, typer.Option(min=1, help="Pass lists per golden function.")] = 300,
    json: Json = False,
) -> None:
    """Evaluations per second in the sandbox, against one opt process per pass list."""
    from autotune.bench_engine import bench_engine
    from corpus.llvm.toolchain import find_toolchain

    figures = bench_engine(find_toolchain(context.obj.llvm), lists).document()
    rows = [{"figure": name, "value": value} for name, value in figures.items()]
    output(as_json=json).show(figures, rows=rows)
