"""`passlake tune` and `passlake verify`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Address, Engine, Json, Workers, takes_selection
from cli.output import output
from cli.progress import TaskProgress, followed
from corpus.selection import Selection, select


@takes_selection
def tune(
    context: typer.Context,
    *,
    strategy: Annotated[
        str,
        typer.Option(
            help="How to search: portfolio, local, genetic, random, coreset, broadcast or"
            " optuna:SAMPLER."
        ),
    ] = "portfolio",
    evaluations: Annotated[
        int | None, typer.Option(help="Budget per function; portfolio may end earlier.")
    ] = None,
    cpu_seconds: Annotated[
        float | None, typer.Option(help="Budget per function; portfolio may end earlier.")
    ] = None,
    stop_at: Annotated[
        float | None,
        typer.Option(help="Where portfolio ends: expected gain per CPU second; 0: never."),
    ] = None,
    coreset: Annotated[
        str | None,
        typer.Option(help="Lists to start from: a coreset's id, shipped or none; default: latest."),
    ] = None,
    objective: Annotated[
        str, typer.Option(help="What to minimise: instructions or object_bytes.")
    ] = "instructions",
    gate: Annotated[
        bool, typer.Option(help="Execute what wins before and after; refuted lists never win.")
    ] = True,
    engine: Engine = "local",
    address: Address = None,
    workers: Workers = None,
    events: Annotated[
        Path | None, typer.Option(help="Append what happens to this file, a JSON line each.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=0, help="Serve Prometheus metrics on this port meanwhile.")
    ] = None,
    metrics_address: Annotated[
        str, typer.Option(help="Whose port that is; 0.0.0.0: of all addresses, for all to read.")
    ] = "127.0.0.1",
    json: Json = False,
    selection: Selection,
) -> None:
    """Search the best pass list of each selected function; the same command continues."""
    from autotune.campaign import Campaign, run_campaign
    from autotune.executors.engines import EngineChoice
    from autotune.tune_options import TuneOptions
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    options = TuneOptions(
        strategy, objective, evaluations, cpu_seconds, selection.seed, coreset, stop_at, gate
    )
    choice = EngineChoice(engine, workers, address)
    toolchain = find_toolchain(context.obj.llvm)
    lake = Lake.open(context.obj.lake)
    campaign = Campaign.start(lake, options, toolchain, select(lake, selection))
    searched = len(campaign.function_ids)
    metrics = None if metrics_port is None else (metrics_address, metrics_port)
    with (
        followed("tune", functions=searched, events=events, metrics=metrics) as progress,
        choice.executor(lake) as executor,
    ):
        report = run_campaign(lake, campaign, toolchain, executor, progress=progress)
    output(as_json=json).show(report.document(), lines=report.lines())
    raise typer.Exit(1 if report.set_aside else 0)


@takes_selection
def verify(
    context: typer.Context,
    *,
    engine: Engine = "local",
    address: Address = None,
    workers: Workers = None,
    json: Json = False,
    selection: Selection,
) -> None:
    """Replay the lists of `best` with the real opt; name those whose figures differ."""
    from autotune.executors.engines import EngineChoice
    from autotune.verify import verify as replay
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    choice = EngineChoice(engine, workers, address)
    toolchain = find_toolchain(context.obj.llvm)
    lake = Lake.open(context.obj.lake)
    function_ids = select(lake, selection)
    with choice.executor(lake) as executor, TaskProgress("verify") as progress:
        found = replay(lake, toolchain, function_ids, executor, progress=progress)
    output(as_json=json).show(found.document(), rows=found.differing, lines=found.lines())
    raise typer.Exit(1 if found.differing else 0)
