"""A language model as methods of the judge: a saved model, the real sandbox."""

from pathlib import Path
from typing import Any

import pytest

from corpus.golden import golden_functions
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import normalise
from tests.unit.trainer.small_model import model_info, save_small_model
from trainer import answering
from trainer.answering import LocalModel, Prediction
from trainer.decode import greedy_lists, priority_sampling
from trainer.decoding import Decoding
from trainer.errors import BadCheckpoint
from trainer.methods import language_model
from trainer.methods.base import Question
from trainer.methods.compiler import SandboxCompiler
from trainer.methods.language_model import Said, specs
from trainer.methods.registry import made
from trainer.model import describe, load_model

SMALLEST = sorted(golden_functions(), key=lambda one: len(one.ir))[:3]
QUESTIONS = [Question(one.name, one.ir, normalise(one.ir), one.instructions) for one in SMALLEST]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged") / "model"
    save_small_model(folder)
    return folder


@pytest.fixture(autouse=True)
def _nothing_open() -> None:
    language_model._opened.cache_clear()
    language_model._LATEST.clear()


class Counts:
    """A compiler whose counts are the lists' places in a table; what is not in it fails."""

    def __init__(self, *smallest_first: str) -> None:
        self._counts = {text: number for number, text in enumerate(smallest_first, start=1)}
        self.asked: list[str] = []
        self.cpu_s = self.gpu_s = 0.0

    def measure(self, pass_lists: list[str]) -> list[Measurement]:
        self.asked += pass_lists
        return [
            Measurement(Outcome.OK, self._counts[one], state_hash=0)
            if one in self._counts
            else Measurement(Outcome.CRASHED)
            for one in pass_lists
        ]

    def charge(self, *, cpu_s: float = 0.0, gpu_s: float = 0.0) -> None:
        self.cpu_s += cpu_s
        self.gpu_s += gpu_s


def test_a_model_gives_a_method_for_each_way_of_using_it(folder: Path) -> None:
    assert [spec.name for spec in specs(folder)] == [
        "model:greedy",
        *(f"model:priority:{number}" for number in (1, 3, 10, 30)),
        "model:confident",
    ]
    assert {spec.model_id for spec in specs(folder)} == {load_model(folder).model_id}


def test_a_model_without_counts_cannot_be_confident(tmp_path: Path) -> None:
    save_small_model(tmp_path / "model")
    recipe = model_info()["recipe"]
    recipe["format"]["counts"] = False
    describe(tmp_path / "model", {"recipe": recipe})
    assert "model:confident" not in [spec.name for spec in specs(tmp_path / "model")]


def test_a_model_that_was_taught_few_lists_names_no_other(tmp_path: Path) -> None:
    save_small_model(tmp_path / "model")
    taught = ["function(sroa),globaldce", "function(gvn)", "function(no-token-of-its)"]
    describe(tmp_path / "model", {"common_lists": taught})
    loaded = load_model(tmp_path / "model")
    texts = [one.text for one in QUESTIONS]
    for decoding in (Decoding.named("priority:9"), Decoding.named("greedy", full=True)):
        for said in LocalModel(loaded, decoding).answer(texts):
            assert {one.pass_list for one in said} <= {*taught[:2], OZ}
    sampled = LocalModel(loaded, Decoding.named("priority:9")).answer(texts)
    assert max(map(len, sampled)) == 2


def test_methods_answer_what_the_model_decodes_at_the_price_of_what_they_compile(
    folder: Path,
) -> None:
    loaded = load_model(folder)
    texts = [one.text for one in QUESTIONS]
    by_name = {spec.name: spec for spec in specs(folder)}
    greedy = made(by_name["model:greedy"])
    greedy.prepare(QUESTIONS)
    three = made(by_name["model:priority:3"])
    three.prepare(QUESTIONS)
    lists = greedy_lists(loaded.model, loaded.tokenizer, texts)
    with Sandbox(find_toolchain()) as sandbox:
        for question, one in zip(QUESTIONS, lists, strict=True):
            with SandboxCompiler(sandbox, question) as compiler:
                assert greedy.answer(question, compiler) == one.pass_list
                assert compiler.compilations == 0
            samples = priority_sampling(loaded.model, loaded.tokenizer, question.text, 3)
            asked = [OZ, *(each.pass_list for each in samples if each.pass_list != OZ)]
            with SandboxCompiler(sandbox, question) as compiler:
                chosen = three.answer(question, compiler)
                assert compiler.compilations == len(asked)
                counts = [each.instructions for each in compiler.measure([chosen, *asked])]
                assert counts[0] == min(count for count in counts if count is not None)


def test_a_task_is_decoded_once_for_all_that_need_no_more_samples(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    decode = answering.priority_lists

    def counted(*given: Any, samples: int, **how: Any) -> Any:  # noqa: ANN401
        asked.append(samples)
        return decode(*given, samples=samples, **how)

    monkeypatch.setattr(answering, "priority_lists", counted)
    by_name = {spec.name: spec for spec in specs(folder)}
    names = ("model:priority:10", "model:priority:3", "model:greedy")
    ten, three, greedy = (made(by_name[name]) for name in names)
    bills = []
    for method in (ten, three, greedy):
        method.prepare(QUESTIONS)
        bills.append(Counts())
        method.answer(QUESTIONS[0], bills[-1])  # type: ignore[arg-type]
    assert asked == [10]
    (first, *_) = priority_sampling(*_parts(folder), QUESTIONS[0].text, 3)
    assert greedy.answer(QUESTIONS[0], Counts()) == first.pass_list  # type: ignore[arg-type]
    # Who decoded is charged by the clock; the others with their share of what it took.
    assert bills[0].cpu_s == 0.0
    assert 0.0 < bills[2].cpu_s <= bills[1].cpu_s
    ten.prepare(QUESTIONS[:2])  # other functions are decoded for themselves
    assert asked == [10, 10]
    three.prepare(QUESTIONS)
    assert asked == [10, 10, 3]


def _parts(folder: Path) -> tuple[Any, Any]:
    loaded = load_model(folder)
    return loaded.model, loaded.tokenizer


def test_fewer_samples_cost_what_had_passed_when_they_were_there() -> None:
    answers = [
        [Prediction("a", -1.0, after_s=1.0), Prediction("b", -2.0, after_s=3.0)],
        [Prediction("c", -1.0, after_s=1.0)],  # there is no other list
    ]
    said = Said(["f", "g"], 2, answers, cpu_s=8.0, gpu_s=4.0)
    one = said.first(1)
    assert [[each.pass_list for each in some] for some in one.answers] == [["a"], ["c"]]
    assert (one.samples, one.cpu_s, one.gpu_s) == (1, 4.0, 2.0)
    assert said.first(2) == said


def said(*lists: str, confidence: float | None = None) -> list[Prediction]:
    return [Prediction(one, -1.0, confidence=confidence) for one in lists]


def answered(folder: Path, name: str, predictions: list[Prediction], compiler: Counts) -> str:
    (spec,) = (one for one in specs(folder) if one.name == name)
    method = made(spec)
    method.prepare([])
    method._answers = {"f": predictions}  # type: ignore[attr-defined]
    return method.answer(Question("f", "", "", 3), compiler)  # type: ignore[arg-type]


def test_of_samples_the_smallest_is_kept_and_oz_where_none_is_smaller(folder: Path) -> None:
    name = "model:priority:3"
    assert answered(folder, name, said("a", "b"), Counts("b", OZ, "a")) == "b"
    assert answered(folder, name, said("a", "b"), Counts(OZ, "b", "a")) == OZ
    assert answered(folder, name, said("a", "b"), Counts(OZ)) == OZ
    nothing_new = Counts(OZ)
    assert answered(folder, name, said(OZ), nothing_new) == OZ
    assert nothing_new.asked == []


@pytest.mark.parametrize(("confidence", "answer"), [(1.0, "a"), (0.5, OZ), (0.0, OZ), (None, OZ)])
def test_the_confident_method_believes_what_holds_throughout(
    folder: Path, confidence: float | None, answer: str
) -> None:
    given = said("a", confidence=confidence)
    assert answered(folder, "model:confident", given, Counts("a")) == answer


def test_a_folder_that_has_another_model_by_now_is_refused(folder: Path) -> None:
    (spec,) = (one for one in specs(folder) if one.name == "model:greedy")
    with pytest.raises(BadCheckpoint, match="not other"):
        language_model.greedy(folder=spec.arguments["folder"], model_id="other")
