"""The methods that need no training, with the real compiler: what they answer and what they pay."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from autotune.gate.function import WholeGate
from corpus.golden import golden_functions
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import normalise
from trainer.errors import BadMethod
from trainer.methods import registry
from trainer.methods.base import Bench, MethodSpec, Question
from trainer.methods.compiler import SandboxCompiler
from trainer.methods.registry import asked_for, built_in, chosen, installed, made
from trainer.methods.tries import best_of

TOOLCHAIN = find_toolchain()
IR = {one.name: (one.ir, one.instructions) for one in golden_functions()}


def question(name: str) -> Question:
    ir, instructions = IR[name]
    return Question(name, ir, normalise(ir), instructions)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TOOLCHAIN) as sandbox:
        yield sandbox


@pytest.fixture
def compiler(sandbox: Sandbox) -> Iterator[SandboxCompiler]:
    with SandboxCompiler(sandbox, question("sum"), WholeGate(sandbox)) as compiler:
        yield compiler


SPECS = {one.name: one for one in built_in(0)}


def answer(spec: MethodSpec, compiler: Bench) -> str:
    method = made(spec)
    method.prepare([question("sum")])
    return method.answer(question("sum"), compiler)


class Told:
    """A compiler that says what it was told to, and keeps what it was asked."""

    def __init__(self, **counts: int | None) -> None:
        self._counts = counts
        self.asked: list[str] = []

    @property
    def compilations(self) -> int:
        return len(self.asked)

    def measure(self, pass_lists: Sequence[str]) -> Sequence[Measurement]:
        self.asked += pass_lists
        return [self._measured(one) for one in pass_lists]

    def _measured(self, pass_list: str) -> Measurement:
        count = self._counts.get(pass_list, 10)
        if count is None:
            return Measurement(Outcome.CRASHED)
        return Measurement(Outcome.OK, count, None, 0)

    def apply(self, pass_list: str) -> str | None:
        raise NotImplementedError(pass_list)


def test_the_smallest_count_wins_oz_on_a_tie_and_failures_never() -> None:
    assert best_of(["a", "b", "c"], Told(a=9, b=8, c=8)) == "b"
    assert best_of(["a", "b"], Told(a=10, b=11)) == "default<Oz>"
    assert best_of(["a", "b"], Told(a=None, b=9)) == "b"
    told = Told(a=9)
    best_of(["a"], told)
    assert told.asked == ["default<Oz>", "a"]


@pytest.mark.parametrize(
    ("name", "tries"), [("oz", 0), ("O3", 0), ("single", 0), ("coreset:10", 11), ("random:10", 11)]
)
def test_a_method_pays_for_what_it_compiles(
    compiler: SandboxCompiler, name: str, tries: int
) -> None:
    first = answer(SPECS[name], compiler)
    assert compiler.compilations == tries
    assert answer(SPECS[name], compiler) == first
    assert compiler.compilations == 2 * tries


def test_a_larger_budget_of_random_lists_begins_with_the_smaller_one() -> None:
    few, more = Told(), Told()
    answer(SPECS["random:10"], few)  # type: ignore[arg-type]
    answer(SPECS["random:100"], more)  # type: ignore[arg-type]
    assert more.asked[:11] == few.asked
    other = Told()
    made(SPECS["random:10"]).answer(question("gcd"), other)  # type: ignore[arg-type]
    assert other.asked[1:] != few.asked[1:]


def test_a_search_pays_for_everything_and_its_answer_is_confirmed(
    compiler: SandboxCompiler,
) -> None:
    found = answer(SPECS["portfolio"], compiler)
    (oz, reached) = compiler.measure(["default<Oz>", found])
    assert reached.instructions is not None
    assert oz.instructions is not None
    assert reached.instructions < oz.instructions
    assert compiler.compilations > 30


def test_what_was_found_before_is_answered_at_its_price(compiler: SandboxCompiler) -> None:
    answers: dict[str, list[Any]] = {"sum": ["function(sroa)", 37_424, 780.0]}
    spec = MethodSpec("recorded", "trainer.methods.searched:recorded", {"answers": answers})
    assert answer(spec, compiler) == "function(sroa)"
    assert (compiler.compilations, compiler.cpu_s) == (37_424, 780.0)
    assert made(spec).answer(question("gcd"), compiler) == "default<Oz>"
    assert compiler.compilations == 37_424


def test_the_compiler_applies_counts_and_bills(compiler: SandboxCompiler) -> None:
    text = compiler.apply("function(sroa)")
    assert text is not None
    assert "alloca" not in text
    assert compiler.apply("function(no-such-pass)") is None
    assert compiler.measure([]) == []
    assert (compiler.compilations, compiler.gpu_s) == (2, None)
    compiler.charge(gpu_s=0.5)
    compiler.charge(compilations=3, gpu_s=0.25)
    assert (compiler.compilations, compiler.gpu_s) == (5, 0.75)


def test_methods_are_chosen_by_name_or_family() -> None:
    specs = list(SPECS.values())
    assert [one.name for one in chosen(specs, ["random"])] == [
        *("random:10", "random:45", "random:100", "random:300")
    ]
    assert [one.name for one in chosen(specs, ["O3", "random:100"])] == ["O3", "random:100"]
    assert chosen(specs, []) == specs
    assert asked_for(["nearest:10", "O3"]) == {"nearest", "O3"}
    assert asked_for([]) >= {"oz", "labels", "autophase", "model"}
    with pytest.raises(BadMethod, match="--method random:7: of random there is random:10, "):
        chosen(specs, ["random:7"])
    with pytest.raises(BadMethod, match="--method best: there is oz, O3, single, coreset, random"):
        asked_for(["best"])


def test_a_library_that_is_missing_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "LEARNERS", {"nearest": "no_such_library:Nearest"})
    with pytest.raises(BadMethod, match=r"--method nearest: no_such_library is not installed: pip"):
        registry.learner("nearest")
    with pytest.raises(BadMethod), installed("--model"):
        raise ModuleNotFoundError(name="torch")


@pytest.mark.parametrize("kind", sorted(registry.LEARNERS))
def test_every_learner_has_its_kind_and_options_that_are_json(kind: str) -> None:
    one = registry.learner(kind)
    assert one.kind == kind
    assert one.options()
