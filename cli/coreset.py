"""`passlake coreset`: lists that together do well on many functions."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json
from cli.output import output

app = typer.Typer(
    help="Learn, import and look at lists that do well together.", no_args_is_help=True
)

Objective = Annotated[str, typer.Option(help="What is made small: instructions or object_bytes.")]


@app.command()
def learn(
    context: typer.Context,
    *,
    lists: Annotated[int, typer.Option(min=1, help="Lists at most.")] = 32,
    objective: Objective = "instructions",
    by_gain: Annotated[
        bool, typer.Option("--by-gain", help="Choose by gain alone, not by gain per cost.")
    ] = False,
    json: Json = False,
) -> None:
    """Choose lists by what they gain on training functions of past campaigns; the latest counts."""
    from autotune.coresets import store
    from autotune.learn_coreset import learn as choose
    from corpus.llvm.passes import PassSpace
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    fingerprint = find_toolchain(context.obj.llvm).fingerprint
    lake = Lake.open(context.obj.lake)
    chosen = choose(
        lake,
        PassSpace.load(),
        fingerprint,
        objective=objective,
        lists=lists,
        per_cost=not by_gain,
    )
    store(lake, chosen)
    output(as_json=json).show(chosen.summary() | {"rows": chosen.rows()}, rows=chosen.rows())


@app.command(name="import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="One list a line, as opt takes it, or LLVM-10 flags.")
    ],
    *,
    objective: Objective = "instructions",
    json: Json = False,
) -> None:
    """Take in a list file, as published coresets come; says which passes were dropped."""
    from autotune.coresets import store
    from autotune.import_lists import import_lists
    from corpus.llvm.passes import PassSpace
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    lake = Lake.open(context.obj.lake)
    toolchain = find_toolchain(context.obj.llvm)
    imported = import_lists(file, PassSpace.load(), toolchain.fingerprint, objective)
    store(lake, imported.coreset)
    output(as_json=json).show(imported.document(), lines=imported.lines())


@app.command(name="list")
def list_(context: typer.Context, *, json: Json = False) -> None:
    """The coresets of the lake, the latest first, and the one that is shipped."""
    from autotune.coresets import stored
    from autotune.search.base import OBJECTIVES
    from autotune.shipped import shipped
    from warehouse.lake import Lake

    rows = [one.summary() for one in stored(Lake.open(context.obj.lake))]
    for objective in OBJECTIVES:
        ours = shipped(objective).coreset
        if ours.lists:
            rows.append(ours.summary() | {"coreset_id": "shipped"})
    output(as_json=json).show({"rows": rows}, rows=rows)


@app.command()
def show(
    context: typer.Context,
    coreset: Annotated[str, typer.Argument(help="An id, or `shipped`.")] = "shipped",
    *,
    objective: Objective = "instructions",
    json: Json = False,
) -> None:
    """The lists of a coreset in their order, with what the first, the first two, ... gain."""
    from autotune.coresets import find
    from autotune.shipped import shipped
    from warehouse.lake import Lake

    if coreset == "shipped":
        found = shipped(objective).coreset
    else:
        found = find(Lake.open(context.obj.lake), coreset)
    output(as_json=json).show(found.summary() | {"rows": found.rows()}, rows=found.rows())


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    *,
    coreset: Annotated[str | None, typer.Option(help="An id; default: the latest.")] = None,
    winners: Annotated[int, typer.Option(help="Winners to keep with it, at most.")] = 400,
    objective: Objective = "instructions",
    json: Json = False,
) -> None:
    """Write a coreset and training winners to one file, in the form in which one is shipped."""
    from autotune.export_known import export_known
    from corpus.llvm.passes import PassSpace
    from warehouse.lake import Lake

    lake = Lake.open(context.obj.lake)
    done = export_known(
        lake, PassSpace.load(), file, objective=objective, coreset_id=coreset, winners=winners
    )
    output(as_json=json).show(done, rows=[done])
