"""What is taught: fewer functions that want -Oz, and common lists measured on every function."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autotune.workbench import Workbench
from corpus.llvm.baselines import OZ
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from trainer.errors import BadRecipe, NoLabels
from trainer.instruction_lines import instruction_lines
from trainer.labels import Label, read_labels
from trainer.recipe import Teaching
from trainer.recipes import debug_cpu, mini_lists
from trainer.sample_snapshot import SAMPLE
from trainer.teaching import CommonLists, Shown, Tally, Teacher, is_improvable

LABELS = [one for one in read_labels(SAMPLE, "train") if one.instructions < 60]
IMPROVABLE = [one for one in LABELS if is_improvable(one)][:6]
OTHERS = [one for one in LABELS if not is_improvable(one)][:20]
SHOWN = sorted([*IMPROVABLE, *OTHERS[:6]], key=lambda one: one.function_id)


def silent(_: str) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("values")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain(None)) as opened:
        yield opened


@pytest.fixture(scope="module")
def common(sandbox: Sandbox, kept: Path) -> CommonLists:
    return CommonLists.chosen(SHOWN, 4, sandbox, kept, silent)


def test_others_are_left_out_until_the_share_is_met() -> None:
    labels = [*IMPROVABLE, *OTHERS]
    half = Shown.of(labels, 0.5)
    assert (half.improvable, half.others) == (len(IMPROVABLE), len(OTHERS))
    assert half.share_of_others == len(IMPROVABLE) / len(OTHERS)
    among = list(half.among(labels))
    assert among == list(half.among(labels))
    assert [one for one in among if is_improvable(one)] == IMPROVABLE
    assert len(IMPROVABLE) < len(among) < len(labels)


@pytest.mark.parametrize("share", [None, 0.01])
def test_none_is_left_out_where_none_has_to_be(share: float | None) -> None:
    labels = [*IMPROVABLE[:1], *OTHERS]
    assert list(Shown.of(labels, share).among(labels)) == labels


def test_each_function_is_said_to_want_the_common_list_that_leaves_least(
    common: CommonLists,
) -> None:
    assert OZ in common.lists
    assert 2 <= len(common.lists) <= 4
    named = common.named(SHOWN, silent, with_ir=True)
    with Workbench() as bench:
        for before, label in zip(SHOWN, named, strict=True):
            counts = [bench.apply(before.ir, one).measurement.instructions for one in common.lists]
            assert label.optimised_instructions == min(counts)
            assert common.lists.index(label.pass_list) == counts.index(min(counts))
            assert label.optimised_text is not None
            assert instruction_lines(label.optimised_text) == min(counts)
            assert label.text == before.text
    assert any(map(is_improvable, named))


def test_a_teacher_names_lists_of_both_splits_and_leaves_no_held_out_function_out(
    kept: Path,
) -> None:
    held_out = [replace(one, split="valid") for one in OTHERS[6:9]]
    split_of = {"train": [*IMPROVABLE, *OTHERS[:6]], "valid": held_out}
    teacher = Teacher(
        Teaching(common_lists=4, improvable_share=0.9),
        lambda split: iter(split_of[split]),
        kept,
        None,
        silent,
        with_ir=False,
    )
    train, valid = list(teacher.labels("train")), list(teacher.labels("valid"))
    assert len(IMPROVABLE) <= len(train) < len(split_of["train"])
    assert [one.function_id for one in valid] == [one.function_id for one in held_out]
    assert all(a.optimised_instructions <= a.oz_instructions for a in [*train, *valid])


def test_without_common_lists_labels_are_their_own() -> None:
    teacher = Teacher(
        Teaching(improvable_share=0.5),
        lambda _: iter([*IMPROVABLE, *OTHERS]),
        Path("nowhere"),
        "no LLVM",
        silent,
        with_ir=True,
    )
    taught = list(teacher.labels("train"))
    assert set(IMPROVABLE) < set(taught) < {*IMPROVABLE, *OTHERS}
    assert list(teacher.labels("valid")) == [*IMPROVABLE, *OTHERS]


def test_what_is_taught_is_counted() -> None:
    tally = Tally()
    labels = [*IMPROVABLE[:2], *OTHERS[:3]]
    assert list(tally.counted(labels)) == labels
    document = tally.document()
    assert (document["functions"], document["better_than_oz"]) == (5, 2)
    assert document["oz"] == sum(one.pass_list == OZ for one in labels)
    assert sum(count for _, count in document["named"]) == 5


def test_where_nothing_beats_oz_nothing_common_can_be_taught(sandbox: Sandbox) -> None:
    with pytest.raises(NoLabels, match="passlake tune"):
        CommonLists.chosen(OTHERS, 4, sandbox, None, silent)


@pytest.mark.parametrize(
    "wrong", [{"common_lists": 1}, {"common_lists": -1}, {"improvable_share": 0.0}]
)
def test_a_teaching_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadRecipe):
        Teaching(**wrong)  # type: ignore[arg-type]


def test_common_lists_are_compared_by_instructions_alone() -> None:
    assert mini_lists().teaching.common_lists
    with pytest.raises(BadRecipe, match="by instructions"):
        replace(debug_cpu(), objective="object_bytes", teaching=Teaching(common_lists=9))


def test_labels_are_not_changed_by_being_shown() -> None:
    label: Label = IMPROVABLE[0]
    assert next(Shown(1, 0, 1.0).among([label])) is label
