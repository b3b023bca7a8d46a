"""Figures of whole answers: by hand on a few, and on LLVM's own word for what a model wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.golden import golden_functions
from corpus.llvm.baselines import OZ
from corpus.llvm.reference import printed
from corpus.llvm.sandbox.supervisor import Sandbox, Session
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import normalise
from tests.unit.trainer.lake_rows import put, row
from tests.unit.trainer.small_model import CLAMP, NOTHING
from trainer.bleu import corpus_bleu, tokens
from trainer.errors import NoPredictions
from trainer.instruction_lines import instruction_lines
from trainer.ir_faults import FAULTS, class_of, fault_of
from trainer.truth import Held, Said, held_to_truth, said_of
from trainer.understand import understand
from trainer.understanding import understanding
from warehouse import snapshot
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()
GOLDEN = {one.name: one for one in golden_functions()}

FUNCTION = "define i32 @f(i1 %0, i64 %1) {{\n{}\n}}\n"
FAULTY = {
    "%3 = add i32 %1, 1\nret i32 %3": "type error",
    "%3 = zext i64 %1 to i32\nret i32 %3": "type error",
    "%3 = getelementptr i32, i32 %1, i64 1\nret i32 1": "type error",
    "br i1 %0, label %3, label %5\n\n3:\n%4 = add i32 1, 2\nbr label %5\n\n5:\nret i32 %4": (
        "forward reference"
    ),
    "%3 = add i64 %4, 1\n%4 = add i32 1, 2\nret i32 %4": "forward reference",
    "%x = add i32 %y, 1\nret i32 %x": "undefined value",
    "br i1 %0, label %3, label %9\n\n3:\nret i32 1": "undefined value",
    "ret i32 0, !foo !7": "undefined value",
    "%x = add i32 1, 1\n%x = add i32 1, 2\nret i32 %x": "redefinition",
    "%3 = addd i32 1, 1\nret i32 %3": "syntax",
    "%3 = add i32 1, 2": "syntax",
    "%3 = load wrong, ptr null\nret i32 1": "syntax",
    "%3 = fadd float 0.1, 1.0\nret i32 0": "invalid constant",
    "store ptr 3, ptr null\nret i32 0": "invalid constant",
    "%3 = call i32 @g()\nret i32 %3": "undefined function",
    "%4 = add i32 1, 1\n%3 = add i32 1, 1\nret i32 %3": "index",
    "%3 = extractvalue { i32, i32 } zeroinitializer, 5\nret i32 %3": "index",
    "br i1 %0, label %3, label %4\n\n3:\nbr label %4\n\n4:\n%5 = phi i32 [ 1, %3 ]\nret i32 %5": (
        "verifier"
    ),
}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Sandbox(TOOLCHAIN) as sandbox, sandbox.session() as opened:
        yield opened


@pytest.mark.parametrize(("body", "fault"), FAULTY.items(), ids=range(len(FAULTY)))
def test_what_llvm_refuses_has_its_class(session: Session, body: str, fault: str) -> None:
    assert fault_of(session, FUNCTION.format(body)) == fault


def test_what_llvm_reads_has_no_fault_unless_it_defines_nothing(session: Session) -> None:
    assert fault_of(session, CLAMP) is None
    assert fault_of(session, "") == "no function"
    assert fault_of(session, "declare i32 @f()\n") == "no function"
    assert fault_of(session, CLAMP + CLAMP) == "redefinition"


def test_a_message_that_nobody_has_seen_is_of_the_last_class() -> None:
    assert class_of("module:1:1: error: who knows") == FAULTS[-1] == "other"


def test_bleu_is_1_for_equal_texts_and_does_not_see_white_space() -> None:
    assert corpus_bleu([CLAMP], [CLAMP.replace("\n", "  \n ")]) == pytest.approx(1)
    assert corpus_bleu([CLAMP], [CLAMP.replace("255", "254")]) == pytest.approx(0.7, abs=0.15)
    assert corpus_bleu([], []) is None


def test_tokens_are_what_llvm_would_call_so() -> None:
    assert tokens('%3 = call i32 @"a b"(ptr %x.1, i32 -7), !dbg !0') == [
        *("%3", "=", "call", "i32", '@"a b"', "(", "ptr", "%x.1", ",", "i32", "-7", ")", ","),
        *("!dbg", "!0"),
    ]


def said(pass_list: str = OZ, **changes: object) -> Said:
    plain = {
        "function_id": "f",
        "ir": GOLDEN["clamp"].ir,
        "instructions": 20,
        "oz_instructions": 10,
        "best_instructions": 8,
        "best_list": "function(sroa),globaldce",
        "pass_list": pass_list,
        "said_before": 20,
        "said_after": 10,
        "written": NOTHING,
        "confidence": 1.0,
    }
    return Said(**{**plain, **changes})  # type: ignore[arg-type]


ANSWERS = [
    # As -Oz, and right about it.
    Held(said(), 10, NOTHING, None),
    # Smaller than the search's, by one.
    Held(said("globaldce", said_after=9, confidence=0.5), 7, CLAMP, None),
    # Worse than -Oz by 4, expects 8, knows neither count; its IR does not compile.
    Held(
        said(
            "function(sroa)",
            said_before=10,
            said_after=8,
            confidence=0.0,
            written="define",
        ),
        14,
        CLAMP,
        "syntax",
    ),
    # A list that fails: counts as -Oz.
    Held(said("function(gvn)", confidence=None, written=None), None, None, None),
]


def test_figures_are_what_they_are_by_hand() -> None:
    found = understanding(ANSWERS, {OZ, "function(sroa)"})
    assert (found.functions, found.failed) == (4, 1)
    assert found.improvement_over_oz == pytest.approx(40 / 41 - 1)
    assert found.search_improvement_over_oz == pytest.approx(40 / 32 - 1)
    assert (found.before.functions, found.before.exact) == (4, 0.75)
    assert found.before.mape == pytest.approx(0.5 / 4)
    assert found.after.functions == 3
    assert found.after.mape == pytest.approx((0 + 2 / 7 + 6 / 14) / 3)
    assert (found.writing.texts, found.writing.compiles) == (3, pytest.approx(2 / 3))
    assert found.writing.exact == pytest.approx(1 / 3)
    assert found.writing.faults == {"syntax": 1}
    assert (found.beaten, found.beaten_by) == (1, 1)


def test_confidence_as_a_selector_counts_what_is_not_accepted_as_oz() -> None:
    half, whole = understanding(ANSWERS, set()).selected
    assert (half.accepted, half.functions_regressed) == (2, 0)
    assert half.improvement_over_oz == pytest.approx(40 / 37 - 1)
    assert (whole.accepted, whole.improvement_over_oz) == (1, 0)


def test_answers_worse_than_oz_are_looked_at_beside_the_others() -> None:
    worse = understanding(ANSWERS, set()).worse
    assert (worse.functions, worse.instructions) == (1, 4)
    assert (worse.confidence, worse.confidence_of_others) == (0.0, 0.75)
    assert worse.expected == 0
    assert worse.mape == pytest.approx(6 / 14)
    knows = Held(said("function(sroa)", said_after=12), 14, CLAMP, None)
    assert understanding([knows], set()).worse.expected == 1


def test_lists_that_training_never_showed_are_told_apart() -> None:
    unseen = understanding(ANSWERS, {OZ, "function(sroa)"}).unseen
    assert (unseen.functions, unseen.lists) == (2, 2)
    assert unseen.improvement_over_oz == pytest.approx(20 / 17 - 1)
    assert unseen.improvement_of_seen == pytest.approx(20 / 24 - 1)


def test_passes_are_counted_for_model_and_search() -> None:
    passes = understanding(ANSWERS, set()).passes
    assert passes["function(sroa)"] == (1, 4)
    assert passes["globaldce"] == (1, 4)
    assert passes[OZ] == (1, 0)


def test_a_model_that_says_nothing_but_lists_has_figures_too() -> None:
    silent = said(said_before=None, said_after=None, written=None, confidence=None)
    found = understanding([Held(silent, 10, NOTHING, None)], set())
    assert (found.before.mape, found.writing.bleu, found.worse.confidence) == (None, None, None)
    assert {"figure": "IR: compiles", "value": None, "of": 0} in found.rows()
    assert found.document()["passes"]


def test_the_truth_of_a_list_is_what_opt_makes_of_the_function() -> None:
    clamp = GOLDEN["clamp"]
    text = normalise(printed(TOOLCHAIN, clamp.ir.encode(), f"-passes={OZ}").stdout.decode())
    right = said(ir=clamp.ir, written=text)
    wrong = said(ir=clamp.ir, written=text.replace("ret", "return"))
    fails = said("function(no-such)", ir=clamp.ir, written=None)
    done: list[int] = []
    held = held_to_truth([right, wrong, fails], TOOLCHAIN, done.append)
    assert held[0] == Held(right, instruction_lines(text), text, None)
    assert (held[1].fault, held[1].truth) == ("syntax", text)
    assert (held[2].after, held[2].truth, held[2].reached) == (None, None, 10)
    assert done == [1, 2, 3]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A test and a training function with winners, and a whole answer for the test function."""
    lake = Lake.open(tmp_path / "lake", create=True)
    clamp = GOLDEN["clamp"]
    both = [("f", "test", "function(sroa)"), ("g", "train", OZ)]
    put(
        lake,
        0,
        functions=[
            row(
                "functions",
                function_id=name,
                program=name,
                split=split,
                ir=clamp.ir,
                text=normalise(clamp.ir),
                instructions=clamp.instructions,
            )
            for name, split, _ in both
        ],
        winners=[
            row(
                "winners",
                function_id=name,
                campaign_id="c",
                objective="instructions",
                pass_list=pass_list,
                num_passes=1,
                instructions=4,
                oz_instructions=5,
                oz_plain_instructions=5,
                optimised_ir=clamp.ir,
                gate="agreed",
                stable=True,
            )
            for name, _, pass_list in both
        ],
        campaigns=[row("campaigns", campaign_id="c", kind="tune", function_ids=["f", "g"])],
    )
    return lake


def test_understanding_is_read_from_the_lake_or_a_snapshot_of_it(lake: Lake) -> None:
    snapshot.create(lake, "s")
    answer = {
        "model_id": "m",
        "decoding": "greedy:full",
        "function_id": "f",
        "pass_list": OZ,
        "instructions_before": 3,
        "text": NOTHING,
        "confidence": 0.5,
    }
    with pytest.raises(NoPredictions, match="passlake predict --model m --full"):
        said_of(lake, "m")
    put(
        lake,
        1,
        predictions=[
            row("predictions", snapshot="", **answer),
            row("predictions", snapshot="s", **answer),
        ],
    )
    for name in (None, "s"):
        (one,) = said_of(lake, "m", name)
        assert (one.best_list, one.best_instructions, one.said_before) == ("function(sroa)", 4, 3)
    found = understand(lake, "m", TOOLCHAIN, snapshot="s")
    assert found.functions == 1
    assert found.unseen.functions == 0
    assert found.writing.compiles == 1
