"""From a row of `verdicts` to a reproducer."""

from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from autotune.errors import BadOption
from autotune.gate.reproduce import Reproducer, reproduce_on_program
from autotune.gate.reproduce_pair import reproduce_on_function
from autotune.gate.verdict import Kind, Verdict
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import OtherToolchain, Toolchain
from warehouse.lake import Lake

_COLUMNS = (
    "verdict_id",
    "function_id",
    "pass_list",
    "verdict",
    "kind",
    "programs",
    "guilty",
    "toolchain",
)


def reproduce_verdict(
    lake: Lake, toolchain: Toolchain, verdict: str, folder: Path | None, *, reducing_s: float
) -> Reproducer:
    """Write the reproducer of the verdict whose id begins with `verdict`.

    Raises BadOption for an id that names none, several, or one that refutes nothing,
    OtherToolchain, NotReproduced, OSError, and what running raises.
    """
    row = _row(lake, verdict)
    if row["toolchain"] != toolchain.fingerprint:
        raise OtherToolchain(
            f"verdict {row['verdict_id']} is of {row['toolchain']}, here is"
            f" {toolchain.fingerprint}: name that LLVM with --llvm"
        )
    folder = folder or Path(row["verdict_id"])
    with Sandbox(toolchain) as sandbox:
        if row["kind"] == Kind.PROGRAMS:
            return reproduce_on_program(
                sandbox,
                ",".join(row["guilty"] or [row["pass_list"]]),
                folder,
                among=row["programs"] or (),
                reducing_s=reducing_s,
            )
        (ir,) = (
            lake.read(
                "functions", columns=["ir"], where=pc.field("function_id") == row["function_id"]
            )
            .column("ir")
            .to_pylist()
        )
        return reproduce_on_function(
            sandbox, ir, row["pass_list"], row["function_id"], folder, reducing_s=reducing_s
        )


def _row(lake: Lake, verdict: str) -> dict[str, Any]:
    wanted = pc.starts_with(pc.field("verdict_id"), verdict)
    rows = lake.read("verdicts", columns=_COLUMNS, where=wanted).to_pylist()
    ids = sorted({row["verdict_id"] for row in rows})
    if not verdict or not ids:
        raise BadOption(
            f"no verdict of this lake begins with {verdict!r}; passlake sql lists those of"
            " verdicts that say refuted"
        )
    if len(ids) > 1:
        raise BadOption(f"{len(ids)} verdicts begin with {verdict!r}: {ids[0]}, {ids[1]}…")
    row: dict[str, Any] = rows[0]
    if row["verdict"] != Verdict.REFUTED or row["kind"] == Kind.STABILITY:
        raise BadOption(f"verdict {ids[0]} is {row['verdict']} ({row['kind']}): nothing to show")
    return row
