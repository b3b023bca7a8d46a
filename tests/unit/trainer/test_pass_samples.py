"""Samples of single passes: what the pass really does, the same in any order."""

from collections.abc import Iterator

import pytest

from autotune.workbench import Workbench
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import normalise
from trainer.labels import Label, read_labels
from trainer.pass_samples import PassSampler
from trainer.sample import PassSample, from_text, to_text
from trainer.sample_snapshot import SAMPLE

SPACE = PassSpace.load()
PASSES = [one for one in SPACE.passes if not one.is_meta]
LABELS = [one for one in read_labels(SAMPLE, "train") if one.instructions < 40][:4]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain(None)) as opened:
        yield opened


def made(sandbox: Sandbox, labels: list[Label], seed: int = 1) -> dict[str, PassSample]:
    return dict(PassSampler(sandbox, PASSES, seed=seed, per_function=2).samples(labels))


def test_a_sample_is_what_the_real_opt_makes_of_the_function(sandbox: Sandbox) -> None:
    sampler = PassSampler(sandbox, [SPACE.by_text["function(sroa)"]], seed=1)
    samples = list(sampler.samples(LABELS[:2]))
    assert len(samples) == 2
    with Workbench() as bench:
        for label, (sample_id, sample) in zip(LABELS, samples, strict=False):
            assert sample_id == f"{label.function_id}:function(sroa)"
            assert sample.text == label.text
            applied = bench.apply(label.ir, "function(sroa)").ir
            assert applied is not None
            assert sample.optimised_text == normalise(applied)
            assert from_text(to_text(sample)) == sample


def test_samples_are_the_same_in_any_order_and_differ_by_seed(sandbox: Sandbox) -> None:
    forward = made(sandbox, LABELS)
    assert made(sandbox, LABELS[::-1]) == forward
    assert made(sandbox, LABELS, seed=2) != forward
    assert all(one.text != one.optimised_text for one in forward.values())


def test_what_gives_no_sample_is_counted(sandbox: Sandbox) -> None:
    needless = SPACE.by_text["function(loop-mssa(licm))"]
    sampler = PassSampler(sandbox, [needless], seed=1)
    straight = [one for one in LABELS if "br " not in one.text][:2]
    assert straight
    assert list(sampler.samples(straight)) == []
    assert sampler.losses == {"unchanged": len(straight), "too_few": len(straight)}


def test_a_pass_that_fails_is_counted(sandbox: Sandbox) -> None:
    broken = [Label(**{**vars(LABELS[0]), "ir": "no module"})]
    sampler = PassSampler(sandbox, PASSES[:3], seed=1)
    assert list(sampler.samples(broken)) == []
    assert sampler.losses["failed"] == 3
