"""Rows of `predictions`: what a model answers to the functions of a lake, before anything compiles.

Functions are answered in chunks of like length, the longest first; each chunk is one commit, so
whatever ends the command, what was answered stays, and the same command goes on with the rest. What
is known of a function is never asked again. A chunk grows until it takes some ten seconds.
"""

from __future__ import annotations

import hashlib
import json
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from autotune.drive import Done, Progress, Silent
from corpus.selection import Selection, select
from warehouse import schema
from warehouse.clock import cpu_clock_s
from warehouse.provenance import code_version
from warehouse.task import Receipt, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trainer.answering import Answerer, Prediction
    from trainer.decoding import Decoding
    from warehouse.lake import Lake

_CHUNK_S: Final = 10.0
"""What a chunk may take before chunks grow no more: an interruption costs at most twice that."""

_FIRST: Final = 16
_MOST: Final = 4096
"""Functions in the first chunk and in the largest."""


@dataclass
class PredictReport:
    """What a run of the command came to.

    `answered` functions of `functions`, the others were known; `too_long` had prompts that do not
    fit, `not_understood` got something else than an answer from a server: both count as -Oz.
    `confidences` are of whole answers.
    """

    model_id: str
    decoding: str
    snapshot: str
    functions: int
    answered: int = 0
    rows: int = 0
    too_long: int = 0
    not_understood: int = 0
    cpu_s: float = 0.0
    gpu_s: float | None = None
    wall_s: float = 0.0
    confidence_sum: float = 0.0
    confident: int = 0

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "model_id": self.model_id,
            "decoding": self.decoding,
            "snapshot": self.snapshot or None,
            "functions": self.functions,
            "answered": self.answered,
            "known_before": self.functions - self.answered,
            "rows": self.rows,
            "too_long": self.too_long,
            "not_understood": self.not_understood,
            "mean_confidence": self._mean_confidence,
            "cpu_s": self.cpu_s,
            "gpu_s": self.gpu_s,
            "wall_s": self.wall_s,
            "lists_per_s": self.rows / self.wall_s if self.wall_s else None,
        }

    def lines(self) -> list[str]:
        """For a person."""
        known = self.functions - self.answered
        by = f"model {self.model_id} ({self.decoding})"
        said = [f"{self.answered:,} functions answered by {by}, {known:,} known before"]
        if self.too_long:
            said.append(f"{self.too_long:,} were too long for the model and are answered with -Oz")
        if self.not_understood:
            said.append(f"{self.not_understood:,} answers of the server were none: -Oz instead")
        if self._mean_confidence is not None:
            said.append(f"{self._mean_confidence:.1%} of the checks on its own words hold")
        if self.wall_s:
            said.append(f"{self.rows / self.wall_s:,.1f} lists a second")
        return said

    @property
    def _mean_confidence(self) -> float | None:
        return self.confidence_sum / self.confident if self.confident else None

    def add(self, answers: Sequence[Sequence[Prediction]]) -> None:
        """Count the answers of a chunk."""
        self.answered += len(answers)
        for predictions in answers:
            self.rows += len(predictions)
            self.too_long += not predictions[0].fits
            self.not_understood += not all(one.understood for one in predictions)
            for one in predictions:
                if one.confidence is not None:
                    self.confident += 1
                    self.confidence_sum += one.confidence


def predict(  # noqa: PLR0913 - a job, who does it, and who looks on
    lake: Lake,
    answerer: Answerer,
    decoding: Decoding,
    selection: Selection,
    *,
    snapshot: str | None = None,
    progress: Progress | None = None,
) -> PredictReport:
    """Answer the selected functions that have no row yet, and commit the rows.

    Raises NothingSelected, SnapshotMissing, Held while the same is being done elsewhere, what the
    lake raises where it cannot be written, and what the answerer raises.
    """
    lake.check_writable()
    wanted = select(lake, selection, snapshot=snapshot)
    job = _job(answerer.model_id, snapshot, decoding)
    report = PredictReport(answerer.model_id, decoding.name, snapshot or "", len(wanted))
    with lake.hold(job):
        sequence = lake.recover(job)
        left = _Left.of(lake, wanted, _known(lake, answerer.model_id, snapshot, decoding))
        progress = progress or Silent()
        progress.start(left.cost)
        for chunk in left.chunks():
            task = Task(f"{job}-{sequence:06}", "", {}, chunk.cost)
            receipt = _answer(lake, task, answerer, chunk, report)
            lake.commit(job, sequence, receipt.files)
            progress.advance(Done(task, receipt))
            left.took(receipt.wall_s)
            sequence += 1
    return report


@dataclass(frozen=True)
class _Chunk:
    function_ids: Sequence[str]
    cost: float


class _Left:
    """Functions that are yet to be answered, the longest first, in chunks that grow."""

    def __init__(self, functions: Sequence[tuple[str, int]]) -> None:
        self._functions = functions
        self._size = _FIRST
        self.cost = float(sum(length for _, length in functions))

    @classmethod
    def of(cls, lake: Lake, wanted: Sequence[str], known: set[str]) -> _Left:
        ids = pa.array([one for one in wanted if one not in known], pa.string())
        rows = lake.read(
            "functions",
            columns=["function_id", "instructions"],
            where=pc.field("function_id").isin(ids),
        ).to_pylist()
        length = {row["function_id"]: row["instructions"] for row in rows}
        return cls(sorted(length.items(), key=lambda item: (-item[1], item[0])))

    def chunks(self) -> Iterator[_Chunk]:
        start = 0
        while start < len(self._functions):
            some = self._functions[start : start + self._size]
            start += len(some)
            yield _Chunk([one for one, _ in some], float(sum(length for _, length in some)))

    def took(self, wall_s: float) -> None:
        if wall_s < _CHUNK_S:
            self._size = min(2 * self._size, _MOST)


def _answer(
    lake: Lake, task: Task, answerer: Answerer, chunk: _Chunk, report: PredictReport
) -> Receipt:
    began, cpu_began = time.monotonic(), cpu_clock_s()
    read = lake.read(
        "functions",
        columns=["function_id", "text"],
        where=pc.field("function_id").isin(pa.array(chunk.function_ids, pa.string())),
    ).to_pylist()
    texts = {row["function_id"]: row["text"] for row in read}
    answers = answerer.answer([texts[one] for one in chunk.function_ids])
    wall_s, cpu_s = time.monotonic() - began, cpu_clock_s() - cpu_began
    report.add(answers)
    report.wall_s += wall_s
    report.cpu_s += cpu_s
    gpu_s = wall_s if answerer.on_gpu else None
    if gpu_s is not None:
        report.gpu_s = (report.gpu_s or 0.0) + gpu_s
    count = sum(map(len, answers))
    shared = {
        "model_id": report.model_id,
        "snapshot": report.snapshot,
        "decoding": report.decoding,
        # What a chunk cost is shared out over its rows, so that sums are true.
        "cpu_s": cpu_s / count,
        "gpu_s": None if gpu_s is None else gpu_s / count,
        "code_version": code_version(),
        "task_id": task.task_id,
    }
    rows = [
        {**shared, "function_id": function_id, "rank": rank, **_columns(one)}
        for function_id, predictions in zip(chunk.function_ids, answers, strict=True)
        for rank, one in enumerate(predictions)
    ]
    staged = lake.stage("predictions", schema.table_of("predictions", rows), name=task.task_id)
    return Receipt(task.task_id, 1, (staged,), wall_s, cpu_s, socket.gethostname())


def _columns(one: Prediction) -> dict[str, Any]:
    return {
        "pass_list": one.pass_list,
        "log_probability": one.log_probability,
        "instructions_before": one.instructions_before,
        "instructions_after": one.instructions_after,
        "text": one.text,
        "confidence": one.confidence,
    }


def _known(lake: Lake, model_id: str, snapshot: str | None, decoding: Decoding) -> set[str]:
    rows = lake.read(
        "predictions",
        columns=["function_id"],
        where=(pc.field("model_id") == model_id)
        & (pc.field("snapshot") == (snapshot or ""))
        & (pc.field("decoding") == decoding.name),
    )
    return set(rows.column("function_id").to_pylist())


def _job(model_id: str, snapshot: str | None, decoding: Decoding) -> str:
    """Who commits: one for each model, state and decoding."""
    content = json.dumps([model_id, snapshot, decoding.name])
    return f"predict-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
