"""`passlake predict`."""

from typing import Annotated

import typer

from cli.options import Json, Snapshot, takes_selection
from cli.output import output
from cli.progress import TaskProgress
from corpus.selection import Selection


@takes_selection
def predict(
    context: typer.Context,
    *,
    model: Annotated[
        str | None, typer.Option(help="A language model's id or folder; default: the latest.")
    ] = None,
    snapshot: Snapshot = None,
    decoding: Annotated[
        str, typer.Option(help="greedy, priority:N or, of a server, sampled:N.")
    ] = "greedy",
    full: Annotated[
        bool, typer.Option("--full", help="With the counts and the IR that the model says.")
    ] = False,
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda; default: a GPU where there is one.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Base URL of a server that has the model, as vLLM's.")
    ] = None,
    served_name: Annotated[
        str | None, typer.Option(help="What the server calls the model; default: its only one.")
    ] = None,
    json: Json = False,
    selection: Selection,
) -> None:
    """Keep what a language model answers to each selected function; the same command continues."""
    from trainer.answering import LocalModel, open_model
    from trainer.decoding import Decoding
    from trainer.find_model import model_folder
    from trainer.predict import predict as answer_all
    from trainer.served import ServedModel
    from warehouse.lake import Lake

    how = Decoding.named(decoding, full=full)
    lake = Lake.open(context.obj.lake)
    folder = model_folder(lake, model)
    answerer = (
        LocalModel(open_model(folder, device), how)
        if server is None
        else ServedModel.of(folder, server, served_name, how, seed=selection.seed)
    )
    with TaskProgress("predict") as progress:
        report = answer_all(lake, answerer, how, selection, snapshot=snapshot, progress=progress)
    output(as_json=json).show(report.document(), lines=report.lines())
