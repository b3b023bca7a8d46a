"""`passlake reproduce`: wrong code, shown with LLVM's tools alone."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json
from cli.output import output


def reproduce(
    context: typer.Context,
    verdict: Annotated[str, typer.Argument(help="A verdict_id of the lake, or its beginning.")],
    *,
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where; default: ./VERDICT.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="For llvm-reduce, at most.")] = 120.0,
    json: Json = False,
) -> None:
    """Write a folder that shows the wrong code of a refuted list, ready to be sent to LLVM."""
    from autotune.gate.reproduce_verdict import reproduce_verdict
    from corpus.llvm.toolchain import find_toolchain
    from warehouse.lake import Lake

    toolchain = find_toolchain(context.obj.llvm)
    made = reproduce_verdict(
        Lake.open(context.obj.lake), toolchain, verdict, folder, reducing_s=seconds
    )
    output(as_json=json).show(made.document(), lines=made.lines())
