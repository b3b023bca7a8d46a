"""Which functions a command is about: one meaning of the selection for all commands."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow.compute as pc

from corpus.errors import CorpusError
from corpus.split import SPLITS
from warehouse.lake import Lake
from warehouse.snapshot import left_out, resolve

_MOST_INSTRUCTIONS = 2**31 - 1
"""What the column holds."""


class BadSelection(CorpusError, ValueError):
    """An option of a selection has a value that can select nothing."""


class NothingSelected(CorpusError, ValueError):
    """The lake has no function that the selection describes."""


@dataclass(frozen=True)
class Selection:
    """Functions by where they come from and how long they are; None selects all.

    `min_instructions` and `max_instructions` are inclusive and count the unoptimised function.
    `sample` takes so many of them, drawn by `seed`; a larger sample with the same seed contains a
    smaller one, and what is added to the lake later displaces few. Raises BadSelection.
    """

    split: str | None = None
    program: str | None = None
    origin: str | None = None
    language: str | None = None
    min_instructions: int | None = None
    max_instructions: int | None = None
    sample: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.split is not None and self.split not in SPLITS:
            raise BadSelection(f"--split {self.split}: there are {', '.join(SPLITS)}")
        if self.sample is not None and self.sample < 1:
            raise BadSelection(f"--sample {self.sample}: at least 1 is needed")
        low, high = self.min_instructions, self.max_instructions
        if any(bound is not None and abs(bound) > _MOST_INSTRUCTIONS for bound in (low, high)):
            raise BadSelection(
                f"--min-instructions, --max-instructions: {_MOST_INSTRUCTIONS} at most"
            )
        if low is not None and high is not None and low > high:
            raise BadSelection(f"--min-instructions {low} is above --max-instructions {high}")

    def expression(self) -> pc.Expression | None:
        """The filter on the columns of `functions`, without the sample; None for all rows."""
        conditions = [
            pc.field(column) == value
            for column, value in (
                ("split", self.split),
                ("program", self.program),
                ("origin", self.origin),
                ("language", self.language),
            )
            if value is not None
        ]
        if self.min_instructions is not None:
            conditions.append(pc.field("instructions") >= self.min_instructions)
        if self.max_instructions is not None:
            conditions.append(pc.field("instructions") <= self.max_instructions)
        if not conditions:
            return None
        selected = conditions[0]
        for condition in conditions[1:]:
            selected &= condition
        return selected

    def __str__(self) -> str:
        given = {name: value for name, value in vars(self).items() if value is not None}
        return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in given.items())


def select(lake: Lake, selection: Selection, *, snapshot: str | None = None) -> list[str]:
    """The ids of the selected functions, sorted; of a snapshot, those that it does not leave out.

    Raises NothingSelected; a command has nothing to do then. Raises SnapshotMissing.
    """
    found, held = _found(lake, selection, snapshot)
    if not found:
        where = "the lake" if snapshot is None else f"snapshot {snapshot}"
        raise NothingSelected(
            f"no function matches {selection}: {where} has {held};"
            " `passlake corpus stats` says which"
        )
    return sorted(_sample(found, selection))


def _found(lake: Lake, selection: Selection, snapshot: str | None) -> tuple[list[str], int]:
    """The ids that match, and how many functions there are."""
    version = None if snapshot is None else resolve(lake, snapshot)["functions"]
    rows = lake.read(
        "functions", columns=["function_id"], where=selection.expression(), version=version
    )
    if snapshot is not None:
        # In one piece: Arrow takes a column of no pieces for one without a type.
        absent = left_out(lake, snapshot).column("function_id").combine_chunks()
        rows = rows.filter(~pc.field("function_id").isin(absent))
    if rows.num_rows:
        return rows.column("function_id").to_pylist(), rows.num_rows
    return [], lake.read("functions", columns=["function_id"], version=version).num_rows


def _sample(found: Iterable[str], selection: Selection) -> list[str]:
    if selection.sample is None:
        return list(found)
    return sorted(found, key=lambda function_id: _draw(function_id, selection.seed))[
        : selection.sample
    ]


def _draw(function_id: str, seed: int) -> bytes:
    return blake2b(f"{seed}\0{function_id}".encode(), digest_size=8).digest()
