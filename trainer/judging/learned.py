"""What is learned before it is judged: trained once on a snapshot's training split, and kept.

A folder per kind, options, snapshot, seed and toolchain, which is there whole or not at all:
training that was cut off begins again. What was learned is a row of `models`.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc

import warehouse
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain
from trainer.errors import BadCheckpoint, NoLabels
from trainer.folder import whole_folder
from trainer.labels import Label, read_labels
from trainer.methods.base import Learner, MethodSpec, TrainingData
from warehouse import schema, snapshot
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.provenance import code_version

_DONE: Final = "learned.json"
_WRITER: Final = "models"


@dataclass(frozen=True)
class Learned:
    """A method that was fitted: what it found meanwhile, what that cost, and its rows' methods."""

    kind: str
    model_id: str
    folder: Path
    results: Mapping[str, Any]
    cpu_s: float
    specs: Sequence[MethodSpec]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": self.kind,
            "model_id": self.model_id,
            "folder": str(self.folder),
            "training_cpu_s": self.cpu_s,
            "results": dict(self.results),
        }


@dataclass(frozen=True)
class Training:
    """Where learners find their data and leave what they learned."""

    lake: Lake
    snapshot: str
    toolchain: Toolchain
    seed: int
    models: Path

    def learned(self, one: Learner, say: Callable[[str], None]) -> Learned:
        """What a learner has learned, or learns now.

        Raises NoLabels where the snapshot has nothing to learn from, Held while another process
        trains it, BadCheckpoint where what is kept was changed, NoRoom, and what learners raise.
        """
        kind = one.kind
        name = f"{kind}-{self._digest(one)}"
        folder = self.models / name
        with self.lake.hold(f"train-{name}"):
            if not folder.exists():
                self._train(one, folder, say)
            kept = _kept(folder)
            specs = [replace(spec, model_id=kept["model_id"]) for spec in one.methods(folder)]
            learned = Learned(kind, kept["model_id"], folder, kept["results"], kept["cpu_s"], specs)
            self._register(learned, one, datetime.fromisoformat(kept["trained_at"]))
        return learned

    def data(self) -> TrainingData:
        """The training and the valid split; a snapshot without valid functions has an empty one."""
        return TrainingData(lambda: self._labels("train"), self._valid)

    def _valid(self) -> Iterator[Label]:
        with suppress(NoLabels):
            yield from self._labels("valid")

    def _labels(self, split: str) -> Iterator[Label]:
        # A state answers one question at a time, and a learner may read both splits side by side.
        with warehouse.open(self.lake.location).snapshot(self.snapshot) as state:
            yield from read_labels(state, split)

    def _train(self, one: Learner, folder: Path, say: Callable[[str], None]) -> None:
        say(f"{one.kind}: training on {self.snapshot}")
        with whole_folder(folder) as draft, Sandbox(self.toolchain) as sandbox:
            started_s = cpu_clock_s() + sandbox.children_cpu_s
            results = one.train(
                self.data(),
                draft,
                sandbox,
                seed=self.seed,
                say=lambda line: say(f"{one.kind}: {line}"),
            )
            cpu_s = cpu_clock_s() + sandbox.children_cpu_s - started_s
            self._note(one, draft, results, cpu_s)

    def _note(self, one: Learner, folder: Path, results: Mapping[str, Any], cpu_s: float) -> None:
        """Write beside what was learned how it came about."""
        kept = {
            "kind": one.kind,
            "model_id": _hash_of(folder),
            "options": dict(one.options()),
            "snapshot": self.snapshot,
            "seed": self.seed,
            "toolchain": self.toolchain.fingerprint,
            "results": dict(results),
            "cpu_s": cpu_s,
            "trained_at": datetime.now(UTC).isoformat(),
            "code_version": code_version(),
        }
        (folder / _DONE).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")

    def _digest(self, one: Learner) -> str:
        """12 hex digits of all that decides what is learned, the code aside."""
        content = [
            one.kind,
            dict(one.options()),
            snapshot.get(self.lake, self.snapshot).document(),
            self.seed,
            self.toolchain.fingerprint,
        ]
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _register(self, learned: Learned, one: Learner, trained_at: datetime) -> None:
        """The row of `models`, unless it is there."""
        with self.lake.hold(_WRITER):
            sequence = self.lake.recover(_WRITER)
            known = pc.field("model_id") == learned.model_id
            if self.lake.read("models", columns=["model_id"], where=known).num_rows:
                return
            row = {
                "model_id": learned.model_id,
                "recipe": learned.kind,
                "snapshot": self.snapshot,
                "parameters": int(learned.results.get("parameters", 0)),
                "tokens": 0,
                "location": str(learned.folder),
                "seed": self.seed,
                "options": json.dumps(dict(one.options())),
                "code_version": code_version(),
                "trained_at": trained_at,
                "kind": learned.kind,
                "tokenizer": None,
                "results": json.dumps(dict(learned.results)),
            }
            staged = self.lake.stage("models", schema.table_of("models", [row]), name=_WRITER)
            self.lake.commit(_WRITER, sequence, [staged])


def _kept(folder: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{folder} holds nothing that was learned: remove it") from error
    if kept.get("model_id") != _hash_of(folder):
        raise BadCheckpoint(f"{folder} was changed since it was trained: remove it")
    return kept


def _hash_of(folder: Path) -> str:
    """16 hex digits over names and contents of what was learned."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _DONE:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()[:16]
