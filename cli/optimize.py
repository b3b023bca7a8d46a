"""`passlake optimize`, and how `passlake cc` shows itself in the list of commands."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import DEFAULT_LAKE, Json
from cli.output import output
from cli.start import COMPILERS

CLANGS_OWN = {
    "ignore_unknown_options": True,
    # A parser of short options would take clang's `-DFOOh` apart: so this command has long ones
    # only, and finds its own -o.
    "help_option_names": ["--help"],
}


def optimize(
    context: typer.Context,
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT -o OUTPUT [CLANG OPTIONS]...",
            help="One .c, .cc, .ll or .bc file, an output that ends in .o, .bc or .ll, and any"
            " options that clang needs to compile the input.",
        ),
    ],
    *,
    objective: Annotated[
        str, typer.Option(help="What to minimise: object_bytes or instructions.")
    ] = "object_bytes",
    cpu_seconds: Annotated[float, typer.Option(help="Budget of the search.", min=0)] = 2.0,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    json: Json = False,
) -> None:
    """Make one file smaller than clang -Oz does, by a list that breaks no program of the gate."""
    from autotune.errors import BadOption
    from autotune.optimize_file import optimise_file
    from autotune.unit_search import SearchOptions
    from corpus.llvm.toolchain import find_toolchain

    given, named = split_output(arguments)
    if named is None:
        raise BadOption("say where the result goes: -o OUTPUT")
    lake = context.obj.lake
    if lake == DEFAULT_LAKE and not Path(lake).exists():
        lake = None
    options = SearchOptions(cpu_seconds, objective, seed, lake)
    report = optimise_file(find_toolchain(context.obj.llvm), given, Path(named), options)
    sys.stderr.write(f"passlake: {report.line()}\n")
    if json:
        output(as_json=json).show(report.document())


def split_output(arguments: list[str]) -> tuple[list[str], str | None]:
    """The arguments without `-o`, and what it names; the last one counts."""
    kept: list[str] = []
    named = None
    rest = iter(arguments)
    for argument in rest:
        if argument == "-o":
            named = next(rest, None)
        elif argument.startswith("-o") and len(argument) > len("-o"):
            named = argument.removeprefix("-o")
        else:
            kept.append(argument)
    return kept, named


def cc(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="CLANG ARGUMENTS", show_default=False)
    ] = None,
) -> None:
    """A drop-in clang that makes smaller objects: make CC="passlake cc"; c++ is clang++."""
    from cli.cc import main

    if context.obj.llvm is not None:
        os.environ["PASSLAKE_LLVM"] = context.obj.llvm
    if context.obj.lake != DEFAULT_LAKE:
        os.environ["PASSLAKE_LAKE"] = context.obj.lake
    main(COMPILERS["cc"], arguments or [])
