"""`passlake gate`: what running code says of a pass list, or of every winner not yet judged."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import DEFAULT_LAKE, Address, Engine, Json, Workers, takes_selection
from cli.output import output
from cli.progress import TaskProgress
from corpus.selection import Selection, select

if TYPE_CHECKING:
    from autotune.executors.engines import EngineChoice


@takes_selection
def gate(
    context: typer.Context,
    pass_list: Annotated[
        str | None, typer.Argument(metavar="PASS_LIST", help="As opt -passes= takes it.")
    ] = None,
    *,
    pending: Annotated[
        bool, typer.Option("--pending", help="Judge every winner that nobody judged yet.")
    ] = False,
    engine: Engine = "local",
    address: Address = None,
    workers: Workers = None,
    json: Json = False,
    selection: Selection,
) -> None:
    """Run programs, and functions if some are selected, before and after a pass list."""
    from autotune.errors import BadOption
    from autotune.executors.engines import EngineChoice

    if (pass_list is None) != pending:
        raise BadOption("give a pass list or --pending, and not both")
    choice = EngineChoice(engine, workers, address)
    if pass_list is None:
        _pending(context, choice, selection, json=json)
    else:
        _list(context, pass_list, choice, selection, json=json)


def _pending(
    context: typer.Context,
    choice: "EngineChoice",
    selection: Selection,
    *,
    json: bool,
) -> None:
    """Every winner of the selected functions without a verdict; the same command continues."""
    from autotune.gate.pending import gate_pending
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    toolchain = find_toolchain(context.obj.llvm)
    lake = Lake.open(context.obj.lake)
    function_ids = select(lake, selection)
    with choice.executor(lake) as executor, TaskProgress("gate") as progress:
        report = gate_pending(lake, toolchain, function_ids, executor, progress=progress)
    output(as_json=json).show(report.document(), lines=report.lines())
    raise typer.Exit(1 if report.set_aside else 0)


def _list(
    context: typer.Context,
    pass_list: str,
    choice: "EngineChoice",
    selection: Selection,
    *,
    json: bool,
) -> None:
    """One list: on programs, and on functions where a selection was given."""
    from autotune.gate.one_list import ListReport, gate_functions, gate_list
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    toolchain = find_toolchain(context.obj.llvm)
    on_functions = selection != Selection(seed=selection.seed)
    # Programs are judged without any lake; one that is named has to be there.
    nowhere = context.obj.lake == DEFAULT_LAKE and not Path(DEFAULT_LAKE).exists()
    lake = Lake.open(context.obj.lake) if on_functions or not nowhere else None
    judgement = gate_list(toolchain, pass_list, lake)
    report = ListReport(pass_list, judgement, {}, ())
    if lake is not None and on_functions:
        chosen = select(lake, selection)
        with choice.executor(lake) as executor, TaskProgress("gate") as progress:
            counts, set_aside = gate_functions(
                lake, toolchain, pass_list, chosen, executor, progress=progress
            )
        report = ListReport(pass_list, judgement, counts, set_aside)
    output(as_json=json).show(report.document(), lines=report.lines())
    raise typer.Exit(0 if report.agreed and not report.set_aside else 1)
