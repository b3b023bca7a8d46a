"""What is judged: functions of a snapshot, and the tasks in which methods answer them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from autotune.deep_reference import read_reference
from autotune.gate.programs import GATE_VERSION
from corpus.llvm.toolchain import Toolchain
from corpus.selection import Selection, select
from trainer.errors import NoLabels
from trainer.judging.ruler import JUDGE_VERSION
from trainer.judging.worker import REFERENCE
from trainer.methods.base import MethodSpec
from trainer.methods.registry import DEEP, LABELS
from warehouse.lake import Lake
from warehouse.reading import State
from warehouse.task import Task

TASK_COST_S: Final = 20.0
"""Expected CPU seconds of one task: long against loading a model, short against an interruption."""

_FUNCTION_COST_S: Final = 0.3
_INSTRUCTION_COST_S: Final = 5e-3
"""What judging one function costs, confirmation, gate and a search of it included. Shapes tasks."""

_RECORDED: Final = "trainer.methods.searched:recorded"


@dataclass(frozen=True)
class Judged:
    """One function that is judged, as far as figures need to know it."""

    function_id: str
    program: str
    origin: str
    instructions: int


@dataclass(frozen=True)
class Block:
    """Functions that every method answers: a snapshot's, or the deep reference's.

    `snapshot` is as `judgements.snapshot`; `recorded` are answers that were found before, by
    function: the list, compilations, CPU seconds, as the method `recorded_as`.
    """

    snapshot: str
    functions: Sequence[Judged]
    recorded_as: str
    recorded: Mapping[str, Sequence[Any]]

    @property
    def recorded_method(self) -> MethodSpec:
        """The method whose answers are known."""
        return MethodSpec(self.recorded_as, _RECORDED, {"answers": self.recorded})

    def tasks(self, specs: Sequence[MethodSpec], toolchain: Toolchain) -> Iterator[Task]:
        """One method after the other, on functions in groups worth TASK_COST_S.

        A task's id depends on its own methods and functions alone: a command that asks for more
        methods goes on from one that asked for fewer.
        """
        for together in _together(specs):
            for group in _groups(self.functions, TASK_COST_S / len(together)):
                yield _task(self.snapshot, together, group, toolchain)


def snapshot_block(
    lake: Lake, state: State, snapshot: str, selection: Selection, toolchain: Toolchain
) -> Block:
    """The selected functions of a snapshot that were searched, with what the searches found.

    Raises NoLabels where none was, NothingSelected and SnapshotMissing.
    """
    wanted = set(select(lake, selection, snapshot=snapshot))
    rows = [
        row
        for row in state.sql(_LABELLED.format(toolchain=toolchain.fingerprint)).to_pylist()
        if row["function_id"] in wanted
    ]
    if not rows:
        raise NoLabels(
            f"none of the {len(wanted)} functions that match {selection} was searched in snapshot"
            f" {snapshot} with {toolchain.fingerprint}: run passlake tune and make another snapshot"
        )
    functions = [
        Judged(row["function_id"], row["program"], row["origin"], row["instructions"])
        for row in rows
    ]
    recorded = {
        row["function_id"]: [row["pass_list"], row["compilations"], row["cpu_s"]] for row in rows
    }
    return Block(snapshot, functions, LABELS, recorded)


_LABELLED: Final = """
    SELECT f.function_id, f.program, f.origin, f.instructions, b.pass_list, b.compilations, b.cpu_s
    FROM best AS b INNER JOIN functions AS f ON f.function_id = b.function_id
    WHERE b.objective = 'instructions' AND b.toolchain = '{toolchain}'
    ORDER BY f.function_id
"""


def reference_block() -> Block:
    """The deep reference's functions, with what 37,424 random lists found on each."""
    functions = read_reference()
    return Block(
        REFERENCE,
        [Judged(one.function_id, one.program, "reference", one.instructions) for one in functions],
        DEEP,
        {one.function_id: [one.pass_list, one.compilations, one.cpu_s] for one in functions},
    )


def _together(specs: Sequence[MethodSpec]) -> list[list[MethodSpec]]:
    """The methods of one task each: alone, or all that share."""
    found: dict[str, list[MethodSpec]] = {}
    for place, spec in enumerate(specs):
        found.setdefault(spec.shares or str(place), []).append(spec)
    return list(found.values())


def _groups(functions: Sequence[Judged], most_s: float) -> Iterator[list[Judged]]:
    group: list[Judged] = []
    cost_s = 0.0
    for one in functions:
        own_s = _cost_s(one)
        if group and cost_s + own_s > most_s:
            yield group
            group, cost_s = [], 0.0
        group.append(one)
        cost_s += own_s
    if group:
        yield group


def _cost_s(function: Judged) -> float:
    return _FUNCTION_COST_S + _INSTRUCTION_COST_S * function.instructions


def _task(
    snapshot: str, specs: Sequence[MethodSpec], group: Sequence[Judged], toolchain: Toolchain
) -> Task:
    function_ids = [one.function_id for one in group]
    methods = [_document(one, function_ids) for one in specs]
    # Who else shares what a method prepares is for the order of work, and decides no answer.
    named = [{key: one[key] for key in one if key != "shares"} for one in methods]
    decisive = [JUDGE_VERSION, GATE_VERSION, snapshot, toolchain.fingerprint, *named, function_ids]
    return Task(
        task_id=hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16],
        entry="trainer.judging.worker:judge_task",
        payload={
            "campaign_id": None,  # verdicts of a judging belong to no campaign
            "snapshot": snapshot,
            "methods": methods,
            "function_ids": function_ids,
            "toolchain": toolchain.fingerprint,
            "llvm": str(toolchain.prefix),
        },
        cost_s=sum(map(_cost_s, group)) * len(specs),
    )


def _document(spec: MethodSpec, function_ids: Sequence[str]) -> dict[str, Any]:
    """A method as JSON values; of answers that are known, those to the task's functions."""
    if spec.entry == _RECORDED:
        answers = spec.arguments["answers"]
        spec = replace(spec, arguments={"answers": {one: answers[one] for one in function_ids}})
    return asdict(spec)
