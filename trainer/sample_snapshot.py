"""The small data set that is shipped: functions of generated programs with their best lists.

    python -m trainer.sample_snapshot LAKE SNAPSHOT [FOLDER]

makes it again from a lake's snapshot: what is known of csmith's functions, and of no other program,
for nobody claims rights in what csmith generates. It is an exported snapshot in small, with the
relations `functions` and `best`, so `read_labels` reads it as any; `make gpu-check` trains on it,
and it tries out a recipe without a lake. Its figures are those of generated programs, in which
`-Oz` leaves little over: they say nothing of how good a model is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow.parquet as pq

import warehouse
from trainer.errors import NoLabels
from trainer.folder import whole_folder
from warehouse.errors import PasslakeError
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.reading import State

SAMPLE: Final = Path(__file__).parent / "data" / "sample"
"""Where it lies."""

MOST_BYTES: Final = 10_000_000
"""What a checkout and a wheel should carry of data, at most."""

_ORIGIN: Final = "csmith"
_ROWS_TOGETHER: Final = 100_000

_QUERIES: Final = {
    "functions": f"""
        SELECT * FROM functions
        WHERE origin = '{_ORIGIN}' AND function_id IN (SELECT function_id FROM best)
        ORDER BY function_id
    """,  # noqa: S608  (our own names)
    "best": f"""
        SELECT * FROM best
        WHERE function_id IN (SELECT function_id FROM functions WHERE origin = '{_ORIGIN}')
        ORDER BY function_id, objective, toolchain
    """,  # noqa: S608  (our own names)
}

_README: Final = """\
# Functions of generated programs

{functions} LLVM-IR functions of {programs} programs that csmith generated, with the best pass list
that was found for each: {splits}.
A program's functions are in one split, and no training function has a near copy in another. Nobody
claims rights in what csmith generates.

Made from snapshot `{snapshot}` by `python -m trainer.sample_snapshot`, Passlake {version}. The
columns are those of an exported snapshot; `warehouse/SCHEMA.md` says what they mean.
"""


def make_sample(state: State, snapshot: str, folder: Path) -> int:
    """Write the data set to a new folder; say how many bytes it has.

    Raises:
        NoLabels: the snapshot has no searched function of a generated program, or too many.
        TargetTaken, NoRoom: as `whole_folder`.
    """
    with whole_folder(folder) as draft:
        for relation, query in _QUERIES.items():
            (draft / relation).mkdir()
            rows = state.stream(query)
            # Compressed as far as it goes: made once, and carried by every checkout.
            with pq.ParquetWriter(
                draft / relation / "0000.parquet",
                rows.schema,
                compression="zstd",
                compression_level=19,
            ) as writer:
                for batch in rows:
                    writer.write_batch(batch, row_group_size=_ROWS_TOGETHER)
        (draft / "README.md").write_text(_about(draft, snapshot), encoding="utf-8")
        size = sum(path.stat().st_size for path in draft.rglob("*.*"))
        if size > MOST_BYTES:
            raise NoLabels(
                f"snapshot {snapshot} has {size} bytes of generated programs, above {MOST_BYTES}: "
                "take a smaller one"
            )
    return size


def _about(folder: Path, snapshot: str) -> str:
    rows = pq.read_table(folder / "functions/0000.parquet", columns=["program", "split"])
    if not rows.num_rows:
        raise NoLabels(
            f"snapshot {snapshot} has no searched function of a generated program: run passlake "
            "corpus add csmith:COUNT and passlake tune, and make a snapshot"
        )
    splits = rows["split"].to_pylist()
    return _README.format(
        functions=rows.num_rows,
        programs=len(set(rows["program"].to_pylist())),
        splits=", ".join(f"{splits.count(one)} {one}" for one in ("train", "valid", "test")),
        snapshot=snapshot,
        version=code_version(),
    )


def main(arguments: Sequence[str]) -> int:
    """The command; the status it ends with."""
    if len(arguments) not in {2, 3}:
        sys.stderr.write("usage: python -m trainer.sample_snapshot LAKE SNAPSHOT [FOLDER]\n")
        return 2
    lake, snapshot, *rest = arguments
    try:
        with warehouse.open(lake).snapshot(snapshot) as state:
            size = make_sample(state, snapshot, Path(rest[0]) if rest else SAMPLE)
    except PasslakeError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(f"{size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
