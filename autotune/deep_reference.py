"""The deep reference: the paper's random search on a fixed sample, kept as a file.

37,424 evaluations for each function cost minutes, so they were computed once, by `tune --strategy
random --evaluations 37424` on functions of 12 to 600 instructions of programs that are not in the
training split, and exported by `bench reference`. The file carries the functions' IR (permissive
licences only), so that `bench search` needs no lake.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc
from pyarrow import parquet

from autotune.errors import BadOption, NothingToTune
from warehouse import sql
from warehouse.lake import Lake

EVALUATIONS: Final = 37_424
"""Evaluations per function of the paper's autotuner, as reported."""

FILE: Final = Path(__file__).with_name("data") / "deep_reference_2026-11-22.parquet"

PERMISSIVE: Final = frozenset(
    {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "LicenseRef-public-domain",
        "MIT",
        "Zlib",
    }
)
"""Licences under which the file may carry a function's IR."""

_ROWS: Final = """
SELECT f.function_id, f.name, f.program, f.version, f.license, f.split, f.instructions, f.ir,
       w.oz_instructions, w.oz_plain_instructions, w.instructions AS best_instructions,
       w.oz_object_bytes, w.object_bytes AS best_object_bytes,
       w.pass_list, w.evaluations, w.compilations, w.cpu_s, w.stable,
       w.toolchain, w.pass_space, w.seed, w.code_version
FROM raw.winners AS w JOIN functions AS f USING (function_id)
WHERE w.strategy = 'random' AND w.evaluations = {evaluations} AND w.objective = 'instructions'
  AND f.split <> 'train'
ORDER BY f.function_id
"""


@dataclass(frozen=True)
class ReferenceFunction:
    """One function of the reference, with what the deep search made of it."""

    function_id: str
    name: str
    program: str
    instructions: int
    ir: str
    oz: int
    best: int
    cpu_s: float
    compilations: int
    pass_list: str


def export_reference(lake: Lake, path: Path, evaluations: int = EVALUATIONS) -> int:
    """Write what deep random searches of `lake` found to a file; how many functions it holds.

    Raises NothingToTune when the lake has no such search on a permissively licensed function.
    """
    rows = sql.run(lake, _ROWS.format(evaluations=evaluations))
    kept = rows.filter(pc.field("license").isin(sorted(PERMISSIVE)))
    if kept.num_rows == 0:
        raise NothingToTune(
            f"{lake.location} has no random search of {evaluations} evaluations on functions of "
            "valid or test programs under permissive licences: run tune --strategy random first"
        )
    parquet.write_table(kept, path, compression="zstd", compression_level=19)
    return int(kept.num_rows)


def read_reference(path: Path = FILE) -> list[ReferenceFunction]:
    """The functions of a reference file, by id. Raises BadOption when it is none."""
    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return [
            ReferenceFunction(
                function_id=row["function_id"],
                name=row["name"],
                program=row["program"],
                instructions=row["instructions"],
                ir=row["ir"],
                oz=row["oz_instructions"],
                best=row["best_instructions"],
                cpu_s=row["cpu_s"],
                compilations=row["compilations"],
                pass_list=row["pass_list"],
            )
            for row in rows
        ]
    except (OSError, KeyError, ValueError) as error:
        raise BadOption(f"{path} is no deep reference: {error}") from error
