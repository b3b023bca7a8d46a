"""`passlake judge`."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Address, Engine, Json, Workers, takes_selection
from cli.output import output
from cli.progress import TaskProgress
from corpus.selection import Selection


@takes_selection
def judge(
    context: typer.Context,
    *,
    snapshot: Annotated[
        str | None, typer.Option(help="Judge on this snapshot's functions; default: the latest.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(help="Only this method, or all budgets of it; may be given again."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A language model's id or folder, or none; default: this snapshot's."),
    ] = None,
    reference: Annotated[
        bool, typer.Option(help="Judge on the functions of the deep random search as well.")
    ] = True,
    understanding: Annotated[
        bool,
        typer.Option(
            "--understanding", help="Ask models for counts and IR as well, which is slow."
        ),
    ] = False,
    output_folder: Annotated[
        Path | None,
        typer.Option("--output", help="Where what is learned is kept; default: LAKE/../models."),
    ] = None,
    coreset: Annotated[
        Path | None,
        typer.Option(help="Judge the lists of this file, too: one a line, or LLVM-10 flags."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw gain against tries to this .svg, .png or .html file.")
    ] = None,
    engine: Engine = "local",
    address: Address = None,
    workers: Workers = None,
    json: Json = False,
    selection: Selection,
) -> None:
    """Compare all methods on unseen functions, on one ruler; the same command continues."""
    from autotune.executors.engines import EngineChoice
    from autotune.plot_search import check_plot
    from corpus.llvm.toolchain import find_toolchain
    from trainer.judge import Judge, JudgeOptions
    from trainer.judging.plot import plot_judged
    from warehouse.lake import Lake

    if plot is not None:
        check_plot(plot)
    choice = EngineChoice(engine, workers, address)
    options = JudgeOptions(
        replace(selection, split=selection.split or "test"),
        snapshot,
        tuple(method or ()),
        tuple(model or ()),
        output_folder,
        coreset,
        reference,
        understanding,
    )
    toolchain = find_toolchain(context.obj.llvm)
    lake = Lake.open(context.obj.lake)
    judged = Judge(lake, toolchain, options)
    with choice.executor(lake) as executor, TaskProgress("judge") as progress:
        report = judged.run(executor, progress=progress, say=_say)
    if plot is not None:
        plot_judged(report, plot)
    output(as_json=json).show(report.document(), tables=report.tables(), lines=report.lines())
    raise typer.Exit(1 if report.set_aside else 0)


def _say(line: str) -> None:
    sys.stderr.write(f"judge: {line}\n")
