"""The judge: every method on the same unseen functions, by one ruler.

    plan    functions of a snapshot's test split that were searched, and the deep reference's
    train   what learns is fitted to the snapshot's training split, once
    answer  tasks: each method names a list for each function; `opt` and the gate say its worth
    count   the paper's columns with intervals, by origin and size, and what choosing the best of
            all methods would reach

Tasks go through the driver: the same command continues, and then gives the same figures, times
aside.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from autotune.drive import Progress, SetAside, drive
from autotune.executors.base import Executor
from corpus.llvm.toolchain import Toolchain
from corpus.selection import Selection
from trainer.errors import NoLabels
from trainer.judging.brought import brought
from trainer.judging.language_models import NONE, language_models
from trainer.judging.learned import Learned, Training
from trainer.judging.plan import Block, reference_block, snapshot_block
from trainer.judging.report import JudgeReport, judged_block
from trainer.methods.base import Learner, MethodSpec
from trainer.methods.registry import (
    IMPORTED,
    IMPORTED_NVP,
    LABELS,
    LEARNERS,
    OF_MODELS,
    asked_for,
    built_in,
    chosen,
    learner,
)
from warehouse import snapshot as snapshots
from warehouse.lake import Lake
from warehouse.places import is_url
from warehouse.task import Task

if TYPE_CHECKING:
    from trainer.judging.understood import Understood

Row = Mapping[str, Any]

JOB: Final = "judge"
"""One job for all that a lake's judges do, so that none does what another has done."""

UNSEEN: Final = ("test", "valid")
"""Splits that methods were not fitted to."""


@dataclass(frozen=True)
class JudgeOptions:
    """What the user asked to be judged.

    `snapshot` None is the lake's latest. `methods` are names or families of them, all if empty;
    `models` are ids or folders of language models, or `none`. `output` is where what is learned is
    kept; None: the folder `models` beside the lake. `reference`: the deep reference's functions are
    judged as well. `coreset` is a file of lists to be judged beside the others. `understanding`:
    language models are asked for counts and IR, too; otherwise what they were asked before is
    shown.
    """

    selection: Selection
    snapshot: str | None = None
    methods: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    output: Path | None = None
    coreset: Path | None = None
    reference: bool = True
    understanding: bool = False

    def __post_init__(self) -> None:
        """Raise NoLabels for a split that methods learn from."""
        if self.selection.split not in UNSEEN:
            raise NoLabels(
                f"--split {self.selection.split}: methods learn from it; there are"
                f" {' and '.join(UNSEEN)} to judge them on"
            )


class Judge:
    """One run of the judge on a lake."""

    def __init__(self, lake: Lake, toolchain: Toolchain, options: JudgeOptions) -> None:
        """Raises NoLabels where the lake has no snapshot, and SnapshotMissing."""
        self._lake = lake
        self._toolchain = toolchain
        self._options = options
        self._snapshot = options.snapshot or _latest(lake)
        snapshots.get(lake, self._snapshot)

    def run(
        self, executor: Executor, *, progress: Progress, say: Callable[[str], None]
    ) -> JudgeReport:
        """Train, answer and count. `say` hears of training.

        Raises BadMethod, ModelMissing, NoLabels, JudgingFailed, Held, and what `drive` raises.
        """
        blocks = self._blocks()
        specs, learned, models = self._specs(say)
        asked = {
            block.snapshot: list(
                block.tasks(_with_recorded(block, specs, self._options), self._toolchain)
            )
            for block in blocks
        }
        with self._lake.hold(JOB):
            tasks = [task for some in asked.values() for task in some]
            set_aside = drive(self._lake, JOB, tasks, executor, progress=progress)
        return replace(
            self._report(blocks, asked, learned, set_aside),
            understood=self._understood(models, say),
        )

    def _blocks(self) -> list[Block]:
        with warehouse.open(self._lake.location).snapshot(self._snapshot) as state:
            unseen = snapshot_block(
                self._lake, state, self._snapshot, self._options.selection, self._toolchain
            )
        return [unseen, *([reference_block()] if self._options.reference else [])]

    def _specs(
        self, say: Callable[[str], None]
    ) -> tuple[list[MethodSpec], list[Learned], list[MethodSpec]]:
        """Every method that is asked for, -Oz always among them; what was learned; the models'."""
        options = self._options
        asked = self._asked()
        wanted = asked_for(asked)
        training = Training(
            self._lake,
            self._snapshot,
            self._toolchain,
            options.selection.seed,
            options.output or _models_of(self._lake),
        )
        theirs = brought(options.coreset, self._toolchain, asked, say)
        learners = [learner(kind) for kind in LEARNERS if kind in wanted]
        if theirs.lists and IMPORTED_NVP in wanted:
            learners.append(theirs.learner())
        learned = [found for one in learners for found in self._learned(training, one, say)]
        models = (
            language_models(self._lake, options.models, self._snapshot)
            if OF_MODELS in wanted
            else []
        )
        oz, *plain = built_in(options.selection.seed)
        fitted = [spec for one in learned for spec in one.specs]
        specs = [*plain, *fitted, *theirs.methods(), *models]
        return [oz, *chosen(specs, asked)], learned, models

    def _asked(self) -> list[str]:
        """The methods that are asked for, all if none is.

        A model or a file that is named stands for all its methods, unless some of these are named.
        """
        options = self._options
        if not options.methods:
            return []
        wanted = asked_for(options.methods)
        further = []
        if set(options.models) - {NONE} and OF_MODELS not in wanted:
            further.append(OF_MODELS)
        if options.coreset and not wanted & {IMPORTED, IMPORTED_NVP}:
            further += [IMPORTED, IMPORTED_NVP]
        return [*options.methods, *further]

    def _learned(
        self, training: Training, one: Learner, say: Callable[[str], None]
    ) -> Sequence[Learned]:
        """What a learner has learned; nothing where there is nothing, unless it was asked for."""
        try:
            return [training.learned(one, say)]
        except NoLabels as error:
            if self._options.methods:
                raise
            say(f"{one.kind}: left out: {error}")
            return []

    def _understood(
        self, models: Sequence[MethodSpec], say: Callable[[str], None]
    ) -> "Sequence[Understood]":
        if not models:
            return []
        # It brings torch, which nobody needs who judges no model.
        from trainer.judging.understood import understood

        selection = self._options.selection if self._options.understanding else None
        return understood(self._lake, models, self._toolchain, self._snapshot, selection, say=say)

    def _report(
        self,
        blocks: Sequence[Block],
        asked: Mapping[str, Sequence[Task]],
        learned: Sequence[Learned],
        set_aside: Sequence[SetAside],
    ) -> JudgeReport:
        ids = [task.task_id for some in asked.values() for task in some]
        wanted = pc.field("task_id").isin(pa.array(ids, pa.string()))
        rows = self._lake.read("judgements", where=wanted).to_pylist()
        counted = [
            judged_block(
                block,
                [row for row in rows if row["snapshot"] == block.snapshot],
                _order(asked[block.snapshot]),
                self._options.selection.seed,
            )
            for block in blocks
        ]
        return JudgeReport(
            self._snapshot,
            self._options.selection,
            self._toolchain.fingerprint,
            counted,
            learned,
            set_aside,
        )


def _models_of(lake: Lake) -> Path:
    """Where what is learned lies by default: beside a lake's folder; here if that is an address."""
    return Path("models") if is_url(lake.location) else Path(lake.location).parent / "models"


def _order(tasks: Sequence[Task]) -> list[tuple[str, str]]:
    """Names and models of the methods, in the order in which they are asked."""
    methods = (one for task in tasks for one in task.payload["methods"])
    return list(dict.fromkeys((one["name"], one["model_id"]) for one in methods))


def _with_recorded(
    block: Block, specs: Sequence[MethodSpec], options: JudgeOptions
) -> list[MethodSpec]:
    """The methods with what was found before in their midst, where it is asked for."""
    if options.methods and LABELS not in options.methods:
        return list(specs)
    return [*specs[:1], block.recorded_method, *specs[1:]]


def _latest(lake: Lake) -> str:
    made = snapshots.list_(lake)
    if not made:
        raise NoLabels(
            f"{lake.location} has no snapshot to judge on: passlake snapshot create NAME"
        )
    return made[-1].name
