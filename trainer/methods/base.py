"""What a method is to the judge: it names one pass list for a function that it has never seen.

Life of a method: a *learner*, if it has one, fits it to the training split and leaves a folder; in
a worker the method is made from its `MethodSpec`; `prepare` is called once with all functions of a
task, so that what is cheaper together (a batch on a network) is done together; then `answer` is
called for each function, with a compiler for that function alone.

Promises of a method: the same questions get the same answers, whatever came before and however they
are grouped into tasks; what it knows comes from its folder and from what the compiler said; it
opens no lake. Whatever it compiles goes through the compiler, which counts it: `-Oz` itself is what
every method is compared with and costs nothing, but a method that wants to know its count has to
ask. That the answer's own list is compiled in the end is no compilation of the method's: every
method has that. What a method learned is loaded when it is made, which is no answer's time;
`prepare` is shared out over its questions.

The judge, not the method, decides what an answer is worth: it applies the list with the real `opt`,
twice, and judges it by the gate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from autotune.function_search import SearchResult
from autotune.tune_options import TuneOptions
from corpus.llvm.measurement import Measurement
from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.labels import Label


@dataclass(frozen=True)
class Question:
    """A function as a method sees it.

    `ir` is what compilers take, `text` what models read, `instructions` the unoptimised count.
    """

    function_id: str
    ir: str
    text: str
    instructions: int


class Compiler(Protocol):
    """Compiles the function of one question in the sandbox, and counts how often it did."""

    @property
    def compilations(self) -> int:
        """Lists that were measured or applied so far; asked for twice is counted twice."""
        ...

    def measure(self, pass_lists: Sequence[str]) -> Sequence[Measurement]:
        """Instruction counts and outcomes after these lists, in their order."""
        ...

    def apply(self, pass_list: str) -> str | None:
        """The function's IR after a list; None where the list fails."""
        ...


class Bench(Compiler, Protocol):
    """What the judge gives a method: a compiler that can also search, and that keeps the bill."""

    def search(self, options: TuneOptions) -> SearchResult:
        """A whole search of the function as a campaign does it, its winner confirmed and gated.

        It knows what is shipped. All that it compiles is counted. Raises NoBaseline.
        """
        ...

    def charge(self, *, compilations: int = 0, cpu_s: float = 0.0, gpu_s: float = 0.0) -> None:
        """Add what was spent elsewhere: on a GPU, or when an answer was found long ago."""
        ...


class Method(Protocol):
    """One row of the judge's table."""

    def prepare(self, questions: Sequence[Question]) -> None:
        """All questions that will come, in their order."""

    def answer(self, question: Question, compiler: Bench) -> str:
        """The list for one function: a full pipeline text. Needs no more than a `Compiler` mostly.

        Raises MachineFault, after which it is asked again.
        """
        ...


@dataclass(frozen=True)
class MethodSpec:
    """A method as plain values, which travel to workers.

    `name` is its row on the leaderboard, `entry` a `module:function` that makes it from the
    `arguments` (JSON values; paths of folders as text). `model_id` is that of the table `models`,
    empty for a method that has learned nothing. Methods that say the same in `shares` answer the
    same functions in one task, the last of them first, so that what it prepared serves the others;
    what they answer does not depend on it.
    """

    name: str
    entry: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    model_id: str = ""
    shares: str = ""


@dataclass(frozen=True)
class TrainingData:
    """What a learner may see: labels of the training and of the valid split, read afresh each time.

    Valid functions choose (when to stop, which settings); nothing else is known of them. No test
    function is ever there.
    """

    train: Callable[[], Iterator[Label]]
    valid: Callable[[], Iterator[Label]]


class Learner(Protocol):
    """Fits a method to the training split."""

    @property
    def kind(self) -> str:
        """As `models.kind`: autophase, coreset_nvp, nearest, boosted."""
        ...

    def options(self) -> Mapping[str, Any]:
        """All settings and budgets, as JSON values: equal options and data give an equal folder."""
        ...

    def train(
        self,
        data: TrainingData,
        folder: Path,
        sandbox: Sandbox,
        *,
        seed: int,
        say: Callable[[str], None],
    ) -> Mapping[str, Any]:
        """Learn, write what was learned to `folder` (made by the caller, empty), give the results.

        The results are JSON values: budgets spent, curves on the valid split, figures of the
        untrained self and of random choice with the same number of compilations. `say` hears of
        progress.
        """
        ...

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """The rows that what was learned can fill, one for each budget of compilations."""
        ...
