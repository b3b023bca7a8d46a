"""A winner that stands in the lake, judged again: replayed, executed and, if refuted, replaced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from autotune.gate.verdict import Gate, Judgement, Kind, Verdict, state_of
from autotune.rows import Row
from autotune.search.base import Evaluation, PassIds
from autotune.settle import Searched, Settling, Winner, unstable
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.pass_list import PassList
from corpus.llvm.reference import Reference, refer
from corpus.llvm.sandbox.supervisor import Sandbox
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.provenance import code_version


@dataclass(frozen=True)
class Rejudged:
    """What became of a winner.

    `state`: agreed, inconclusive or refuted. `next_best`: the row of `winners` that replaces a
    refuted one, without its task; None where the search saw nothing else that stands.
    """

    judgements: Sequence[Judgement]
    state: str
    next_best: Row | None = None


def rejudge(lake: Lake, sandbox: Sandbox, gate: Gate, winner: Row, ir: str) -> Rejudged:
    """Judge a row of `winners`, on a function with this IR.

    Raises MachineFault, and BadModule and ModuleLost for a function that LLVM does not load.
    """
    started_s = cpu_clock_s() + sandbox.children_cpu_s
    judgements = [*_replayed(sandbox, winner, ir)]
    if not judgements:
        judgements += gate.judge(
            winner["function_id"], ir, winner["pass_list"], winner["optimised_ir"]
        )
    if not any(one.refutes for one in judgements):
        return Rejudged(judgements, state_of(judgements))
    settling = _settling(lake, sandbox, gate, winner, ir)
    found = settling.settled()
    judgements += settling.judgements
    if found.pass_list == OZ:
        return Rejudged(judgements, Verdict.REFUTED)
    cpu_s = cpu_clock_s() + sandbox.children_cpu_s - started_s
    row = _replaced(winner, found, settling.compilations, cpu_s)
    return Rejudged(judgements, Verdict.REFUTED, row)


def _replayed(sandbox: Sandbox, winner: Row, ir: str) -> Iterable[Judgement]:
    """The judgement on a list after which `opt` no longer gives what the row records."""
    with sandbox.session() as session:
        said = refer(session, sandbox.toolchain, ir, winner["pass_list"])
    recorded = Measurement(
        Outcome.OK,
        winner["instructions"],
        winner["object_bytes"],
        said.measurement.state_hash or 0,
    )
    figures = (said.measurement.instructions, said.measurement.object_bytes)
    if not said.stable:
        yield unstable(winner["function_id"], winner["pass_list"], said)
    elif figures != (recorded.instructions, recorded.object_bytes):
        differs = Reference(recorded, stable=False, runs=said.runs, last=said.measurement)
        yield unstable(winner["function_id"], winner["pass_list"], differs)


def _settling(lake: Lake, sandbox: Sandbox, gate: Gate, winner: Row, ir: str) -> Settling:
    """The search of a refuted winner, as the lake remembers it, about to answer again."""
    of_space = pc.field("pass_space") == winner["pass_space"]
    usable = of_space & pc.field("pass_id").is_valid()
    passes = lake.read("passes", columns=["pass_id", "text"], where=usable).to_pylist()
    by_id = {row["pass_id"]: row["text"] for row in passes}
    texts = [by_id[number] for number in range(len(by_id))]
    with sandbox.session() as session:
        session.load(ir.encode(errors="surrogateescape"))
        (oz,) = session.evaluate([OZ], with_object=True)
    searched = Searched(
        winner["function_id"],
        ir,
        texts,
        winner["objective"],
        oz,
        _evaluations(lake, winner) if oz.outcome is Outcome.OK else (),
    )
    refuted = [winner["pass_list"], *_refuted_lists(lake, winner)]
    known = {text: number for number, text in enumerate(texts)}
    return Settling(sandbox, searched, gate, _encoded(refuted, known))


def _evaluations(lake: Lake, winner: Row) -> list[Evaluation]:
    """What the winner's search measured, in its order, as far as it came to an end."""
    wanted = (
        (pc.field("campaign_id") == winner["campaign_id"])
        & (pc.field("function_id") == winner["function_id"])
        & (pc.field("outcome") == Outcome.OK.value)
    )
    columns = ["ordinal", "pass_ids", "instructions", "object_bytes", "state_hash"]
    rows = lake.read("evaluations", columns=columns, where=wanted).to_pylist()
    return [
        Evaluation(
            tuple(row["pass_ids"]),
            Measurement(Outcome.OK, row["instructions"], row["object_bytes"], row["state_hash"]),
        )
        for row in sorted(rows, key=lambda row: row["ordinal"])
    ]


def _refuted_lists(lake: Lake, winner: Row) -> list[str]:
    """Lists that verdicts refute on programs, or on the winner's function."""
    function = pc.field("function_id")
    wanted = (
        (pc.field("verdict") == Verdict.REFUTED.value)
        & (pc.field("toolchain") == winner["toolchain"])
        & ((function == winner["function_id"]) | (pc.field("kind") == Kind.PROGRAMS.value))
    )
    rows = lake.read("verdicts", columns=["pass_list"], where=wanted)
    return sorted(set(rows.column("pass_list").to_pylist()))


def _encoded(pass_lists: Iterable[str], known: Mapping[str, int]) -> list[PassIds]:
    """Lists as ids; those that hold anything else, such as one judged by hand, are left out."""
    elements = [PassList.parse(one).elements for one in pass_lists]
    return [tuple(known[one] for one in each) for each in elements if known.keys() >= set(each)]


def _replaced(winner: Row, found: Winner, compilations: int, cpu_s: float) -> dict[str, Any]:
    """The row that takes a refuted one's place, with costs counted from the start of the search."""
    return {
        **winner,
        "pass_list": found.pass_list,
        "num_passes": found.num_passes,
        "instructions": found.measurement.instructions,
        "object_bytes": found.measurement.object_bytes,
        "optimised_ir": found.optimised_ir,
        "compilations": winner["compilations"] + compilations,
        "cpu_s": winner["cpu_s"] + cpu_s,
        "stable": found.stable,
        "gate": found.gate,
        "code_version": code_version(),
    }
