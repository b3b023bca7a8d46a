"""`passlake bench`: figures and ratios, measured in one run."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, Snapshot, takes_selection
from cli.output import output
from corpus.selection import Selection

app = typer.Typer(help="Measure figures and ratios, each in one run.", no_args_is_help=True)


@app.command()
def engine(
    context: typer.Context,
    *,
    lists: Annotated[int, typer.Option(min=1, help="Pass lists per golden function.")] = 300,
    coreset: Annotated[
        Path | None,
        typer.Option(help="A file of pass lists or LLVM 10 flags, one list a line."),
    ] = None,
    json: Json = False,
) -> None:
    """Evaluations per second in the sandbox, against one opt process per pass list."""
    from autotune.bench_engine import bench_engine, lists_of
    from corpus.llvm.toolchain import find_toolchain

    toolchain = find_toolchain(context.obj.llvm)
    figures = bench_engine(toolchain, lists, lists_of(coreset, toolchain))
    output(as_json=json).show(figures.document(), rows=figures.rows())


@app.command()
def search(
    context: typer.Context,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Few functions, small budgets.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Write the curve of gain against CPU time: .svg .png .html.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="A file that bench reference wrote; default: shipped.")
    ] = None,
    functions: Annotated[
        int | None, typer.Option(min=1, help="Only so many, drawn by --seed.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this strategy; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the searches and of the bootstrap.")] = 0,
    gate: Annotated[bool, typer.Option(help="Execute what wins before and after.")] = True,
    json: Json = False,
) -> None:
    """Every strategy beside random search of 37,424 evaluations: gain, cost, intervals."""
    from autotune.bench_search import bench_search, methods, sample
    from autotune.deep_reference import FILE, read_reference
    from autotune.plot_search import check_plot, plot_search
    from corpus.llvm.toolchain import find_toolchain

    if plot is not None:
        check_plot(plot)
    compared = methods(quick=quick, seed=seed, only=only or ())
    searched = sample(read_reference(reference or FILE), functions, quick=quick, seed=seed)
    toolchain = find_toolchain(context.obj.llvm)
    figures = bench_search(
        toolchain, searched, compared, lambda line: _say(f"search: {line}"), gated=gate
    )
    if plot is not None:
        plot_search(figures, plot)
    document = figures.document()
    output(as_json=json).show(document, rows=document["rows"])


@app.command()
def reference(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it, as Parquet.")],
    *,
    evaluations: Annotated[
        int, typer.Option(min=1, help="Of the random searches to export, per function.")
    ] = 37_424,
    json: Json = False,
) -> None:
    """Write the lake's deep random searches on unseen programs to a file for bench search."""
    from autotune.deep_reference import export_reference
    from warehouse.lake import Lake

    lake = Lake.open(context.obj.lake)
    count = export_reference(lake, file, evaluations)
    said = f"{count} functions of deep random searches in {file}"
    output(as_json=json).show({"file": str(file), "functions": count}, lines=[said])


@app.command()
def corpus(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="As for corpus add; default: csmith:200."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """What a function costs from source to table, beside what clang alone costs."""
    from autotune.bench_corpus import DEFAULT_SOURCES, bench_corpus
    from corpus.llvm.toolchain import find_toolchain

    toolchain = find_toolchain(context.obj.llvm)
    figures = bench_corpus(toolchain, sources or DEFAULT_SOURCES)
    output(as_json=json).show(figures.document(), rows=figures.rows())


@app.command()
def cluster(
    context: typer.Context,
    *,
    engine: Annotated[
        list[str] | None, typer.Option(help="Only this engine; may be given several times.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=2, help="Workers whose speed is held against one's.")
    ] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="How often; medians count.")] = 3,
    simulated: Annotated[
        int, typer.Option(min=0, help="Simulated workers for the driver; 0: none.")
    ] = 1000,
    task_seconds: Annotated[float, typer.Option(min=0.1, help="What their tasks take.")] = 10.0,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long they are in full swing.")] = 120,
    json: Json = False,
) -> None:
    """What engines cost and how they scale here, and how many workers one driver bears."""
    from autotune.bench_cluster import bench_cluster
    from autotune.executors.engines import ENGINES
    from corpus.llvm.toolchain import find_toolchain

    figures = bench_cluster(
        find_toolchain(context.obj.llvm),
        ENGINES if engine is None else engine,
        workers=workers,
        rounds=rounds,
        simulated=simulated,
        task_s=task_seconds,
        seconds=seconds,
        say=lambda line: _say(f"cluster: {line}"),
    )
    output(as_json=json).show(figures.document(), rows=figures.rows(), lines=figures.lines())


@app.command()
def trainer(
    context: typer.Context,
    *,
    snapshot: Snapshot = None,
    model: Annotated[
        str | None, typer.Option(help="Decode with this model, too: an id or a folder.")
    ] = None,
    json: Json = False,
) -> None:
    """What reading tokenised data gives, and what a vocabulary made for IR is worth."""
    import warehouse
    from trainer.bench_data import bench_data
    from trainer.bench_decode import DECODED, bench_model
    from trainer.find_model import model_folder
    from warehouse.lake import Lake

    lake = warehouse.open(context.obj.lake)
    folder = None if model is None else model_folder(Lake.open(context.obj.lake), model)
    with lake.now() if snapshot is None else lake.snapshot(snapshot) as state:
        figures = bench_data(state, say=lambda line: _say(f"trainer: {line}"))
        decoding = None
        if folder is not None:
            decoding = bench_model(folder, state, DECODED, lambda line: _say(f"trainer: {line}"))
    document = {**figures.document(), "decoding": decoding.document() if decoding else None}
    tables = [("decoding", decoding.rows())] if decoding else []
    output(as_json=json).show(document, rows=figures.rows(), tables=tables, lines=figures.lines())


@app.command()
def warehouse(
    *,
    functions: Annotated[int, typer.Option(min=1, help="Functions of the lake.")] = 1_000_000,
    evaluations: Annotated[
        int, typer.Option(min=1, help="Evaluations, from 16 to 1250 for each function.")
    ] = 100_000_000,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the lake stays, and is made whole after an interruption."),
    ] = None,
    commits: Annotated[
        int, typer.Option(min=0, help="Small commits to time, one after the other.")
    ] = 1_000,
    compared: Annotated[
        int, typer.Option(min=0, help="Evaluations to store as Parquet and SQLite, too.")
    ] = 2_000_000,
    query: Annotated[
        list[str] | None, typer.Option(help="Only this named query; may be given several times.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="How often each query runs.")] = 3,
    memory: Annotated[str, typer.Option(help="What DuckDB may hold, such as 3GB.")] = "3GB",
    seed: Annotated[int, typer.Option(help="Seed of the made-up rows.")] = 0,
    json: Json = False,
) -> None:
    """A lake of made-up rows at full size: bytes, writing, commits, every named query."""
    from autotune.pass_rows import pass_rows
    from corpus.llvm.passes import PassSpace
    from warehouse.bench.population import Size
    from warehouse.bench.run import Wanted, bench_warehouse
    from warehouse.sql import memory_bytes

    figures = bench_warehouse(
        Size(functions, evaluations, seed=seed),
        pass_rows(PassSpace.load()),
        folder,
        Wanted(memory_bytes(memory), runs, commits, compared, tuple(query or ())),
        say=lambda line: _say(f"warehouse: {line}"),
    )
    output(as_json=json).show(figures.document(), rows=figures.rows())


@app.command()
@takes_selection
def gate(
    context: typer.Context,
    *,
    mutants: Annotated[
        int, typer.Option(min=0, help="Miscompilations to plant in each function.")
    ] = 4,
    stock: Annotated[
        int, typer.Option(min=0, help="Pairs of a function and a pipeline of LLVM's own.")
    ] = 1000,
    json: Json = False,
    selection: Selection,
) -> None:
    """How often executing a function concludes, what it catches, whom it accuses, what it costs."""
    from autotune.bench_gate import bench_gate
    from corpus.llvm.toolchain import find_toolchain
    from corpus.selection import select
    from warehouse.lake import Lake

    lake = Lake.open(context.obj.lake)
    toolchain = find_toolchain(context.obj.llvm)
    figures = bench_gate(
        lake,
        toolchain,
        select(lake, selection),
        mutants=mutants,
        stock_pairs=stock,
        seed=selection.seed,
        say=lambda line: _say(f"gate: {line}"),
    )
    output(as_json=json).show(figures.document(), rows=figures.rows())


@app.command()
def hunt(
    context: typer.Context,
    *,
    only: Annotated[
        list[str] | None,
        typer.Option("--pass", help="A pass, barred ones too; may be given several times."),
    ] = None,
    random: Annotated[int, typer.Option(min=0, help="Random lists besides.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the random lists.")] = 0,
    json: Json = False,
) -> None:
    """Hunt for wrong code: passes alone and in company through the gate's programs."""
    from autotune.gate.hunt import hunt, lists_with, random_lists, wanted_passes
    from autotune.gate.programs import ProgramGate
    from corpus.llvm.passes import PassSpace
    from corpus.llvm.sandbox.supervisor import Sandbox
    from corpus.llvm.toolchain import find_toolchain

    space = PassSpace.load()
    lists = [*lists_with(wanted_passes(space, only or ())), *random_lists(space, random, seed)]
    with Sandbox(find_toolchain(context.obj.llvm)) as sandbox:
        found = hunt(ProgramGate(sandbox), lists, lambda line: _say(f"hunt: {line}"))
    output(as_json=json).show(found.document(), rows=found.rows(), lines=found.lines())


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
