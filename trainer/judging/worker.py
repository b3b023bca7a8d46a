"""What a worker does with a task: methods' answers on some functions, and what they are worth.

The rows depend on the method and the functions alone, times aside: not on how functions are grouped
into tasks, nor on what other methods answered.
"""

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow.compute as pc

from autotune.deep_reference import read_reference
from autotune.function_search import NoBaseline
from autotune.gate.verdict import Judgement
from autotune.rows import verdict_rows
from autotune.worker import MOST_STARTS
from corpus.llvm.baselines import OZ
from corpus.llvm.sandbox.supervisor import MachineFault, Sandbox
from corpus.llvm.toolchain import planned_toolchain
from corpus.normalise import normalise
from trainer.judging.ruler import AnswerRuler, Baseline, Standing
from trainer.methods.base import Method, MethodSpec, Question
from trainer.methods.compiler import SandboxCompiler
from trainer.methods.registry import made
from warehouse import schema
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.provenance import code_version
from warehouse.task import Receipt, Task, stage_tables

REFERENCE: Final = "reference:2026-11-22"
"""What `judgements.snapshot` has for the deep reference's functions, which need not be in the lake.
No snapshot can be called so."""

Row = Mapping[str, Any]


def judge_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Have methods answer, and judge them: stages `judgements`, and what the gate found.

    A function on which -Oz itself fails is left out of every method's rows.
    """
    wall_started, cpu_started = time.monotonic(), cpu_clock_s()
    order = task.payload
    toolchain = planned_toolchain(order["llvm"], order["toolchain"], "the judging was planned")
    # The last of methods that share has prepared what those before it use.
    specs = [MethodSpec(**one) for one in reversed(order["methods"])]
    rows: list[Row] = []
    judgements = list[Judgement]()
    with Sandbox(toolchain) as sandbox:
        ruler = AnswerRuler(sandbox)
        questions = _questions(lake, order)
        comparable = [
            (one, baseline)
            for one in questions
            if (baseline := ruler.baseline(one.function_id, one.ir)) is not None
        ]
        for spec in specs:
            answers = _Answers(sandbox, ruler, spec)
            answers.prepare([question for question, _ in comparable])
            for question, baseline in comparable:
                answer = answers.one(question)
                name, ir = question.function_id, question.ir
                worth = ruler.standing(name, ir, answer.pass_list, baseline)
                shown = _row(task, spec, name, answer)
                rows.append({**shown, **_worth(answer.pass_list, worth, baseline)})
                judgements += worth.judgements
    # The reference's functions are in no table, and nor is what was found of them.
    verdicts = [] if order["snapshot"] == REFERENCE else verdict_rows(task, judgements)
    tables = {
        "judgements": schema.table_of("judgements", rows) if rows else None,
        "verdicts": schema.table_of("verdicts", verdicts) if verdicts else None,
    }
    return Receipt(
        task_id=task.task_id,
        attempt=attempt,
        files=stage_tables(lake, task, tables),
        wall_s=time.monotonic() - wall_started,
        cpu_s=cpu_clock_s() - cpu_started,
        host=socket.gethostname(),
        notes={"judged": len(rows), "gate_cpu_s": ruler.gate.cpu_s},
    )


@dataclass(frozen=True)
class _Answer:
    pass_list: str
    compilations: int
    cpu_s: float
    gpu_s: float | None


class _Answers:
    """A method in a sandbox, and what each of its answers cost."""

    def __init__(self, sandbox: Sandbox, ruler: AnswerRuler, spec: MethodSpec) -> None:
        self._sandbox = sandbox
        self._gate = ruler.gate
        self._method: Method = made(spec)
        self._share_s = 0.0

    def prepare(self, questions: Sequence[Question]) -> None:
        started_s = self._clock_s()
        self._method.prepare(questions)
        self._share_s = (self._clock_s() - started_s) / max(1, len(questions))

    def one(self, question: Question) -> _Answer:
        """Asked again where the machine was at fault; raises MachineFault where it stays so."""
        for start in range(1, MOST_STARTS + 1):
            started_s = self._clock_s()
            compiler = SandboxCompiler(self._sandbox, question, self._gate)
            try:
                with compiler:
                    pass_list = self._method.answer(question, compiler)
            except MachineFault:
                if start == MOST_STARTS:
                    raise
                continue
            except NoBaseline:
                # The sandbox has less time for -Oz than `opt` had, which managed it.
                pass_list = OZ
            cpu_s = self._clock_s() - started_s + self._share_s + compiler.cpu_s
            return _Answer(pass_list, compiler.compilations, cpu_s, compiler.gpu_s)
        raise AssertionError

    def _clock_s(self) -> float:
        return cpu_clock_s() + self._sandbox.children_cpu_s


def _row(task: Task, spec: MethodSpec, function_id: str, answer: _Answer) -> Row:
    """Who answered what, and what that cost."""
    return {
        "model_id": spec.model_id,
        "method": spec.name,
        "function_id": function_id,
        "compilations": answer.compilations,
        "cpu_s": answer.cpu_s,
        "gpu_s": answer.gpu_s,
        "toolchain": task.payload["toolchain"],
        "snapshot": task.payload["snapshot"],
        "code_version": code_version(),
        "task_id": task.task_id,
    }


def _worth(pass_list: str, worth: Standing, baseline: Baseline) -> Row:
    """What the answer counts: itself, or -Oz where it is refused."""
    counts = worth.refused is None
    return {
        "pass_list": pass_list if counts else OZ,
        "instructions": worth.instructions if counts else baseline.oz_instructions,
        "object_bytes": worth.object_bytes if counts else baseline.oz_object_bytes,
        "outcome": worth.outcome,
        "answered": None if counts else pass_list,
        "refused": worth.refused,
        "gate": worth.gate,
        "oz_instructions": baseline.oz_instructions,
        "oz_object_bytes": baseline.oz_object_bytes,
        "oz_plain_instructions": baseline.oz_plain_instructions,
    }


def _questions(lake: Lake, order: Mapping[str, Any]) -> list[Question]:
    """The task's functions, in its order."""
    if order["snapshot"] == REFERENCE:
        by_id = {
            one.function_id: Question(one.function_id, one.ir, normalise(one.ir), one.instructions)
            for one in read_reference()
        }
    else:
        columns = ["function_id", "ir", "text", "instructions"]
        wanted = pc.field("function_id").isin(order["function_ids"])
        found = lake.read("functions", columns=columns, where=wanted).to_pylist()
        by_id = {row["function_id"]: Question(**row) for row in found}
    return [by_id[function_id] for function_id in order["function_ids"]]
