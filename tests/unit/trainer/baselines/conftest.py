"""Labels of the golden functions: the best of a few lists is their winner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from corpus.golden import golden_functions
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from trainer.baselines.value_matrix import measured_each
from trainer.labels import Label
from trainer.methods.base import Question, TrainingData

LISTS = (
    OZ,
    "function(mergereturn),function(gvn-sink),default<O1>",
    "function(sroa),function(simplifycfg),function(instcombine<no-verify-fixpoint>)",
    "default<O2>",
)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as one:
        yield one


def labelled(sandbox: Sandbox) -> Iterator[Label]:
    functions = golden_functions()
    bare = [
        Label(
            function_id=function.name,
            program="golden",
            origin="directory",
            split="train",
            text=function.ir,
            ir=function.ir,
            instructions=function.instructions,
            object_bytes=100,
            pass_list=OZ,
            optimised_instructions=0,
            optimised_object_bytes=50,
            oz_instructions=0,
            oz_object_bytes=60,
            oz_plain_instructions=0,
            optimised_text=None,
            gate="not_run",
            stable=True,
        )
        for function in functions
    ]
    counts = measured_each(sandbox, bare, [LISTS] * len(bare))
    for label, found in zip(bare, counts, strict=True):
        best = min(range(len(LISTS)), key=lambda place: (found[place], place))
        changes = {
            "pass_list": LISTS[best],
            "optimised_instructions": found[best],
            "oz_instructions": found[0],
            "oz_plain_instructions": found[0],
        }
        yield Label(**(vars(label) | changes))


@pytest.fixture(scope="session")
def data(sandbox: Sandbox) -> TrainingData:
    """Two thirds of the golden functions to learn from, one third to choose by."""
    labels = list(labelled(sandbox))
    train = [one for place, one in enumerate(labels) if place % 3]
    valid = [one for place, one in enumerate(labels) if not place % 3]
    return TrainingData(lambda: iter(train), lambda: iter(valid))


@pytest.fixture
def questions(data: TrainingData) -> list[Question]:
    return [Question(one.function_id, one.ir, one.text, one.instructions) for one in data.valid()]


@dataclass
class Counting:
    """A compiler that says what it was told to: `sizes` by list; a list it does not know fails."""

    sizes: dict[str, int]
    asked: list[str] = field(default_factory=list)

    @property
    def compilations(self) -> int:
        return len(self.asked)

    def measure(self, pass_lists: Sequence[str]) -> Sequence[Measurement]:
        self.asked += pass_lists
        return [
            Measurement(Outcome.OK, self.sizes[one], None, 0)
            if one in self.sizes
            else Measurement(Outcome.CRASHED, reason="so it was told")
            for one in pass_lists
        ]

    def apply(self, pass_list: str) -> str | None:
        self.asked.append(pass_list)
        size = self.sizes.get(pass_list)
        if size is None:
            return None
        body = "  store i32 0, ptr %p\n" * (size - 1)
        return f"define void @f(ptr %p) {{\n{body}  ret void\n}}\n"


@pytest.fixture
def counting() -> type[Counting]:
    return Counting
