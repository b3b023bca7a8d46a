"""The measurement of how well copies are told, on the golden functions."""

from corpus.bench_identity import planted, structure, texts_faithful
from corpus.golden import golden_functions
from corpus.llvm.structural import structural_hashes
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import normalise

GOLDEN = {function.name: function for function in golden_functions()}
TEXTS = {name: normalise(function.ir) for name, function in GOLDEN.items()}

TWO = """define i32 @sum(i32 %a, i32 %b) {
  %x = add i32 %a, %b
  ret i32 %x
}
define i32 @seven(i32 %a, i32 %b) {
  %x = add i32 %a, 7
  ret i32 %x
}
"""


def test_llvm_tells_a_sum_from_the_addition_of_a_constant() -> None:
    found = structural_hashes(find_toolchain(), TWO)
    assert sorted(found) == ["seven", "sum"]
    assert found["seven"] != found["sum"]


def test_our_hash_is_finer_than_that_of_llvm_on_golden_functions_and_copies() -> None:
    drawn = sorted(TEXTS)[::3]
    found = structure(find_toolchain(), TEXTS, drawn)
    assert found["functions"] == 2 * len(drawn)
    assert found["ours_equal_llvm_differs"] == 0
    assert found["distinct_ours"] >= found["distinct_llvm"] > len(drawn)


def test_every_renamed_copy_is_found_and_most_of_the_others() -> None:
    sizes = {name: function.instructions for name, function in GOLDEN.items()}
    found = planted(TEXTS, sizes, sorted(TEXTS))
    assert found["renamed"]["recall"] == 1
    assert found["renamed"]["structural"] == len(TEXTS)
    for change in ("reordered", "constants changed", "all three"):
        assert found[change]["recall"] > 0.8
        assert found[change]["precision_by_jaccard"] > 0.9


def test_texts_are_counted() -> None:
    irs = {name: GOLDEN[name].ir for name in sorted(GOLDEN)[:6]}
    found = texts_faithful(find_toolchain(), irs)
    assert (found["functions"], found["unfaithful"]) == (6, 0)
