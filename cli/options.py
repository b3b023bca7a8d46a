"""Options that commands share, and what they stand for."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from corpus.selection import Selection

DEFAULT_LAKE = "./lake"


@dataclass(frozen=True)
class Settings:
    """What is said before the command: where the lake is, and which LLVM to use."""

    lake: str
    llvm: str | None


Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Workers = Annotated[int | None, typer.Option(help="Worker processes; default: one per core.")]
Engine = Annotated[str, typer.Option(help="Where tasks run: local, dask or ray.")]
Address = Annotated[
    str | None,
    typer.Option(help="A cluster's scheduler or head; default: one of this machine's processes."),
]
Snapshot = Annotated[str | None, typer.Option(help="Read this snapshot instead of the present.")]

_SELECTION = {
    "split": Annotated[str | None, typer.Option(help="Only functions of train, valid or test.")],
    "program": Annotated[str | None, typer.Option(help="Only functions of this program.")],
    "origin": Annotated[str | None, typer.Option(help="Only functions of this kind of source.")],
    "language": Annotated[str | None, typer.Option(help="Only functions of this language.")],
    "min_instructions": Annotated[int | None, typer.Option(help="Only functions this long.")],
    "max_instructions": Annotated[int | None, typer.Option(help="Only functions no longer.")],
    "sample": Annotated[int | None, typer.Option(help="Only so many, drawn by --seed.")],
    "seed": Annotated[int, typer.Option(help="Seed of every random choice.")],
}


def takes_selection(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that select functions; it gets them as one `selection`."""
    own = inspect.signature(command).parameters.values()
    kept = [parameter for parameter in own if parameter.name != "selection"]
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=0 if name == "seed" else None,
            annotation=kind,
        )
        for name, kind in _SELECTION.items()
    ]

    def with_selection(**given: Any) -> None:  # noqa: ANN401 - whatever the command declares
        chosen = {name: given.pop(name) for name in _SELECTION}
        command(**given, selection=Selection(**chosen))

    with_selection.__name__ = command.__name__
    with_selection.__doc__ = command.__doc__
    with_selection.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
    with_selection.__annotations__ = {one.name: one.annotation for one in [*kept, *added]}
    return with_selection
