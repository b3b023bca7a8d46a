"""A model's whole answers beside the truth: what LLVM says of its list and of the IR it wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

import warehouse
from corpus.errors import BadModule
from corpus.llvm.reference import printed
from corpus.llvm.sandbox.supervisor import MachineFault, ModuleLost, Sandbox
from corpus.normalise import normalise
from trainer.decoding import Decoding
from trainer.errors import NoPredictions
from trainer.ir_faults import fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from corpus.llvm.sandbox.supervisor import Session
    from corpus.llvm.toolchain import Toolchain
    from warehouse.lake import Lake

WHOLE = Decoding(full=True).name
"""The decoding whose rows have something to understand."""


@dataclass(frozen=True)
class Said:
    """A whole answer for a function, and what searches know of that.

    Counts are instructions; `said_` and `written` (IR) are the model's own words, None where it has
    none. `best_list` with `best_instructions` is the search's.
    """

    function_id: str
    ir: str
    instructions: int
    oz_instructions: int
    best_instructions: int
    best_list: str
    pass_list: str
    said_before: int | None
    said_after: int | None
    written: str | None
    confidence: float | None


@dataclass(frozen=True)
class Held:
    """An answer held against LLVM.

    `after` and `truth` (normalised text) are of the answer's list by the real `opt`, None where the
    list fails. `fault` is the class of what is wrong with the IR written (`ir_faults`), None where
    it compiles or there is none.
    """

    said: Said
    after: int | None
    truth: str | None
    fault: str | None

    @property
    def reached(self) -> int:
        """The count that the list leaves; that of -Oz where it fails."""
        return self.said.oz_instructions if self.after is None else self.after


def said_of(lake: Lake, model_id: str, snapshot: str | None = None) -> list[Said]:
    """Whole answers of a model for functions that were searched, in the order of their ids.

    Raises NoPredictions, which says how to get some, and SnapshotMissing.
    """
    rows = lake.read(
        "predictions",
        columns=[
            *("function_id", "pass_list", "instructions_before", "instructions_after"),
            *("text", "confidence"),
        ],
        where=(pc.field("model_id") == model_id)
        & (pc.field("snapshot") == (snapshot or ""))
        & (pc.field("decoding") == WHOLE),
    ).to_pylist()
    here = warehouse.open(lake.location)
    with here.now() if snapshot is None else here.snapshot(snapshot) as state:
        known = {
            one["function_id"]: one for one in _searched(state, [r["function_id"] for r in rows])
        }
    found = [
        Said(
            **known[row["function_id"]],
            pass_list=row["pass_list"],
            said_before=row["instructions_before"],
            said_after=row["instructions_after"],
            written=row["text"],
            confidence=row["confidence"],
        )
        for row in rows
        if row["function_id"] in known
    ]
    if not found:
        where = f" --snapshot {snapshot}" if snapshot else ""
        raise NoPredictions(
            f"{lake.location} has no whole answers of model {model_id} for searched functions:"
            f" passlake predict --model {model_id} --full{where}"
        )
    return sorted(found, key=lambda one: one.function_id)


def _searched(state: Any, ids: Sequence[str]) -> list[dict[str, Any]]:  # noqa: ANN401
    """Functions with the best list of the search, as `Said` has them."""
    if not ids:
        return []
    where = {"function_id": list(ids)}
    functions = state.table("functions", columns=["function_id", "ir", "instructions"], where=where)
    columns = ["function_id", "pass_list", "instructions", "oz_instructions"]
    best = state.table("best", columns=columns, where={**where, "objective": "instructions"})
    by_id = {row["function_id"]: row for row in best.to_pylist()}
    return [
        {
            **row,
            "oz_instructions": by_id[row["function_id"]]["oz_instructions"],
            "best_instructions": by_id[row["function_id"]]["instructions"],
            "best_list": by_id[row["function_id"]]["pass_list"],
        }
        for row in functions.to_pylist()
        if row["function_id"] in by_id
    ]


def held_to_truth(
    answers: Iterable[Said], toolchain: Toolchain, say: Callable[[int], None] = lambda _: None
) -> list[Held]:
    """Hold answers against LLVM: one process of `opt` and two loads in the sandbox for each.

    `say` hears how many are done. Raises MachineFault.
    """
    held = []
    with Sandbox(toolchain) as sandbox:
        for done, one in enumerate(answers, start=1):
            with sandbox.session() as session:
                after, truth = _after(session, toolchain, one)
                fault = None if one.written is None else fault_of(session, one.written)
            held.append(Held(one, after, truth, fault))
            say(done)
    return held


def _after(session: Session, toolchain: Toolchain, one: Said) -> tuple[int | None, str | None]:
    """Count and text after the answer's own list; None for both where it fails."""
    module = one.ir.encode(errors="surrogateescape")
    run = printed(toolchain, module, f"-passes={one.pass_list}")
    if run.killed:
        raise MachineFault(f"opt was ended from outside by signal {-run.status}")
    if run.timed_out or run.status != 0:
        return None, None
    try:
        loaded = session.load(run.stdout)
    except (BadModule, ModuleLost):
        return None, None
    return loaded.instructions, normalise(run.stdout.decode(errors="surrogateescape"))
