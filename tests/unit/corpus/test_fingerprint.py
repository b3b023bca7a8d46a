"""Structural hashes and MinHash signatures: what they see, and what they are blind to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.fingerprint import PERMUTATIONS, Fingerprint, fingerprint, structural_hash
from corpus.golden import golden_functions
from corpus.normalise import normalise
from corpus.planted import CHANGES, with_other_constants, with_other_names

TEXTS = {function.name: normalise(function.ir) for function in golden_functions()}
names = st.sampled_from(sorted(TEXTS))
seeds = st.integers(0, 1000)


def similarity(one: Fingerprint, other: Fingerprint) -> float:
    """The estimate that near duplicates are found by."""
    return float(np.mean(np.equal(one.minhash, other.minhash)))


@settings(max_examples=30)
@given(names, seeds)
def test_other_names_change_neither_hash_nor_signature(name: str, seed: int) -> None:
    copy = with_other_names(TEXTS[name], seed)
    assert copy != TEXTS[name]
    assert structural_hash(copy) == structural_hash(TEXTS[name])
    assert fingerprint(copy).minhash == fingerprint(TEXTS[name]).minhash


def test_attributes_change_no_fingerprint() -> None:
    ir = golden_functions()[0].ir
    assert "noundef" in ir
    assert fingerprint(normalise(ir.replace(" noundef", ""))) == fingerprint(normalise(ir))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("add i32 %0, %1", "add i32 %1, %0"),  # which operand is which: LLVM's hash does not see it
        ("add i32 %0, %1", "add i32 %0, 7"),
        ("add i32 %0, 7", "add i32 %0, 8"),
        ("add i32 %0, %1", "add nsw i32 %0, %1"),
        ("add i32 %0, %1", "sub i32 %0, %1"),
    ],
)
def test_operands_constants_flags_and_opcodes_change_the_structural_hash(
    one: str, other: str
) -> None:
    text = "define i32 @f(i32 %0, i32 %1) {{\n%3 = {}\nret i32 %3\n}}\n"
    assert structural_hash(text.format(one)) != structural_hash(text.format(other))


def test_calls_differ_by_intrinsic_but_not_by_the_name_of_a_function() -> None:
    text = "define void @f() {{\ncall void @{0}()\nret void\n}}\ndeclare void @{0}()\n"
    assert structural_hash(text.format("g")) == structural_hash(text.format("other"))
    assert structural_hash(text.format("llvm.trap")) != structural_hash(text.format("g"))


def test_all_golden_functions_are_told_apart() -> None:
    assert len({structural_hash(text) for text in TEXTS.values()}) == len(TEXTS)


@pytest.mark.parametrize("change", CHANGES)
def test_copies_resemble_their_original_more_than_any_other_function(change: str) -> None:
    known = {name: fingerprint(text) for name, text in TEXTS.items() if text.count("\n") > 20}
    assert len(known) > 15
    copies = {name: fingerprint(CHANGES[change](TEXTS[name], 1)) for name in known}
    nearest = {
        name: max(known, key=lambda other: similarity(known[other], copy))
        for name, copy in copies.items()
    }
    assert nearest == {name: name for name in known}


def test_constants_cost_similarity_in_proportion() -> None:
    text = max(TEXTS.values(), key=len)
    copy = with_other_constants(text, 3)
    assert 0.6 < similarity(fingerprint(text), fingerprint(copy)) < 1


def test_a_signature_has_as_many_values_for_the_smallest_function_as_for_a_huge_one() -> None:
    body = "".join(f"%{n} = add i32 {n}, {n * n}\n" for n in range(1, 4000))
    huge = fingerprint(f"define void @f() {{\n{body}ret void\n}}\n")
    tiny = fingerprint("define void @f() {\nret void\n}\n")
    assert len(huge.minhash) == len(tiny.minhash) == PERMUTATIONS
    assert tiny.shingles < 10
    assert huge.shingles > 4000


def test_fingerprints_are_what_they_were() -> None:
    """Stored rows compare with new ones only while this holds; a change needs a new version."""
    made = fingerprint("define i32 @f(i32 %0) {\n%2 = add i32 %0, 7\nret i32 %2\n}\n")
    assert made.structural_hash == "b88f297d4e3cc007a34b82edee529e9c"
    assert (made.tokens, made.shingles) == (19, 15)
    assert made.minhash[:3] == (75401774, 153283630, 189869670)
