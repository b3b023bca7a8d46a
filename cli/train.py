"""`passlake train`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, Snapshot
from cli.output import output


def train(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or module:function of your own.")],
    *,
    snapshot: Snapshot = None,
    data: Annotated[
        Path | None, typer.Option(help="Train on this exported snapshot, without a lake.")
    ] = None,
    output_folder: Annotated[
        Path | None,
        typer.Option("--output", help="The run's folder; default: in the lake, by its name."),
    ] = None,
    begun_from: Annotated[
        Path | None, typer.Option("--from", help="Begin with the weights of this model.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Take so many steps.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes; default: one for each GPU.")
    ] = None,
    launcher: Annotated[
        str, typer.Option(help="What starts several processes: torchrun or ray.")
    ] = "torchrun",
    address: Annotated[
        str | None, typer.Option(help="A Ray cluster's head; default: one of this machine's own.")
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write curves for TensorBoard, too.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what it would take, and train nothing.")
    ] = False,
    gpus: Annotated[int, typer.Option(min=1, help="For --plan: how many devices.")] = 8,
    gpu: Annotated[str, typer.Option(help="For --plan: which device.")] = "H100",
    json: Json = False,
) -> None:
    """Train a model on a snapshot's best lists; the same command continues."""
    from trainer.recipes import named

    chosen = named(recipe) if steps is None else named(recipe).with_steps(steps)
    if plan:
        from trainer.plan import plan as planned

        figures = planned(chosen, gpus, gpu)
        output(as_json=json).show(figures.document(), lines=figures.lines())
        return
    from trainer.job import job_of
    from trainer.launch import launch
    from trainer.parallel import speaks
    from trainer.results import lines_of

    job = job_of(
        chosen,
        lake=context.obj.lake,
        snapshot=snapshot,
        data=data,
        folder=output_folder,
        begun_from=begun_from,
        seed=seed,
        llvm=context.obj.llvm,
        tensorboard=tensorboard,
    )
    found = launch(job, processes, launcher, address)
    if speaks():
        output(as_json=json).show(found, lines=lines_of(found))
