"""Labels: functions with the best list that is known for them, read from a lake or an export."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.normalise import normalise
from corpus.split import SPLITS
from trainer.errors import NoLabels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from warehouse.reading import State

OBJECTIVES = ("instructions", "object_bytes")
"""What a best list can be best in."""

_ROWS = 1024
"""Rows held at once: most of their bytes are IR."""

_OF_FUNCTIONS = ("program", "origin", "split", "text", "ir", "instructions", "object_bytes")
_OF_BEST = (
    *("pass_list", "oz_instructions", "oz_object_bytes", "oz_plain_instructions"),
    *("optimised_ir", "gate", "stable"),
)


@dataclass(frozen=True)
class Label:
    """One function with its best list.

    Counts are instructions, sizes bytes, both by the ruler. `ir` is complete and reproduces every
    count, `text` is what a model reads; `optimised_text` is the text after `pass_list`, None where
    the lake did not keep it. `gate` and `stable` are as in the table `best`.
    """

    function_id: str
    program: str
    origin: str
    split: str
    text: str
    ir: str
    instructions: int
    object_bytes: int
    pass_list: str
    optimised_instructions: int
    optimised_object_bytes: int
    oz_instructions: int
    oz_object_bytes: int
    oz_plain_instructions: int
    optimised_text: str | None
    gate: str
    stable: bool | None


def read_labels(
    source: State | Path, split: str, *, objective: str = "instructions"
) -> Iterator[Label]:
    """Functions of a split with their best list, in order of `function_id`, none twice.

    `source` is a state of a lake (`warehouse.open(LAKE).snapshot(NAME)`) or the folder of an
    exported snapshot; `objective` says what lists are best in: instructions or object_bytes. No row
    is refuted. Rows are read while the labels are taken, so that a million functions need no
    memory; a state answers no other question until they are all taken or let go of. Where a lake
    knows a function's best list under several toolchains, the function's own counts, else the first
    by name.

    Raises:
        NoLabels: there is none, or the folder is no export; when the first label is asked for.
        SqlError, TableDamaged: as `State.stream`.
    """
    if split not in SPLITS:
        raise NoLabels(f"there is no split {split!r}; there is: {', '.join(SPLITS)}")
    if objective not in OBJECTIVES:
        raise NoLabels(f"lists are best in {' or '.join(OBJECTIVES)}, not in {objective!r}")
    if isinstance(source, Path):
        rows = _exported(source, split, objective)
    else:
        rows = _asked(source, split, objective)
    none = True
    for row in rows:
        none = False
        yield _label(row)
    if none:
        raise NoLabels(
            f"{source} has no function of the {split} split with a best list for {objective}: "
            "run passlake tune and make a snapshot, or take another"
        )


def _label(row: dict[str, Any]) -> Label:
    ir = row.pop("optimised_ir")
    return Label(**row, optimised_text=None if ir is None else normalise(ir))


def _asked(state: State, split: str, objective: str) -> Iterator[dict[str, Any]]:
    """Rows of a lake's state."""
    functions = ", ".join(f"f.{name}" for name in _OF_FUNCTIONS)
    best = ", ".join(f"b.{name}" for name in _OF_BEST)
    text = f"""
        SELECT f.function_id, {functions}, {best},
            b.instructions AS optimised_instructions, b.object_bytes AS optimised_object_bytes
        FROM best AS b INNER JOIN functions AS f ON f.function_id = b.function_id
        WHERE f.split = '{split}' AND b.objective = '{objective}' AND b.gate <> 'refuted'
        QUALIFY row_number() OVER (
            PARTITION BY b.function_id ORDER BY b.toolchain <> f.toolchain, b.toolchain
        ) = 1
        ORDER BY f.function_id
    """  # noqa: S608  (our own names, and values that were checked)
    for batch in state.stream(text, rows=_ROWS):
        yield from batch.to_pylist()


def _exported(folder: Path, split: str, objective: str) -> Iterator[dict[str, Any]]:
    """The same from the Parquet files of an export.

    An export has both relations in order of `function_id`, so they are joined as they are read.
    """
    functions = _rows(
        folder, "functions", (*_OF_FUNCTIONS, "toolchain"), lambda row: row["split"] == split
    )
    lists = _rows(
        folder,
        "best",
        (*_OF_BEST, "objective", "toolchain", "instructions", "object_bytes"),
        lambda row: row["objective"] == objective and row["gate"] != "refuted",
    )
    of_function = itertools.groupby(lists, lambda row: row["function_id"])
    identity, found = next(of_function, (None, iter(())))
    for function in functions:
        own, toolchain = function["function_id"], function.pop("toolchain")
        while identity is not None and identity < own:
            identity, found = next(of_function, (None, iter(())))
        if identity == own:
            row = min(found, key=lambda one: (one["toolchain"] != toolchain, one["toolchain"]))
            yield function | {
                "optimised_instructions": row["instructions"],
                "optimised_object_bytes": row["object_bytes"],
                **{name: row[name] for name in _OF_BEST},
            }


def _rows(
    folder: Path,
    relation: str,
    columns: Iterable[str],
    wanted: Callable[[dict[str, Any]], bool],
) -> Iterator[dict[str, Any]]:
    """Rows of an exported relation, checked to be in order."""
    files = sorted((folder / relation).glob("*.parquet"))
    if not files:
        raise NoLabels(
            f"{folder} has no {relation}/*.parquet: give the folder of an exported snapshot "
            "(passlake snapshot export NAME FOLDER)"
        )
    last = ""
    for path in files:
        for batch in _batches(path, ["function_id", *columns]):
            for row in batch.to_pylist():
                if row["function_id"] < last:
                    raise NoLabels(
                        f"{path} is not in order of function_id: export the snapshot again"
                    )
                last = row["function_id"]
                if wanted(row):
                    yield row


def _batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            missing = set(columns) - set(file.schema_arrow.names)
            if missing:
                raise NoLabels(
                    f"{path} has no column {min(missing)}: export the snapshot with this Passlake"
                )
            yield from file.iter_batches(batch_size=_ROWS, columns=columns)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise NoLabels(f"{path} cannot be read ({reason}): export the snapshot again") from error
