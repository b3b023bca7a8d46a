from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from corpus.split import SPLITS, split_of


@given(st.text())
def test_a_program_is_always_in_the_same_split(program: str) -> None:
    assert split_of(program) in SPLITS
    assert split_of(program) == split_of(program)


def test_the_shares_are_80_10_10() -> None:
    counts = Counter(split_of(f"csmith-{seed}") for seed in range(10_000))
    assert 7_800 < counts["train"] < 8_200
    assert 850 < counts["valid"] < 1_150
    assert 850 < counts["test"] < 1_150


def test_the_split_of_known_programs_never_moves() -> None:
    programs = ["zlib", "bzip2", "lz4", "csmith-1", "csmith-2"]
    assert [split_of(program) for program in programs] == [
        "valid",
        "train",
        "train",
        "train",
        "test",
    ]


def test_another_salt_is_another_split() -> None:
    programs = [str(number) for number in range(100)]
    assert [split_of(p) for p in programs] != [split_of(p, salt="other") for p in programs]
