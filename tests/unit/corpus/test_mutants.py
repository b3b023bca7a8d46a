"""Planted miscompilations: each kind can be planted, and none is what LLVM knows to be the same."""

from collections.abc import Iterator

import pytest

from corpus.errors import BadModule
from corpus.golden import golden_functions
from corpus.llvm.sandbox.mutant_frames import Mutant, MutantRequest
from corpus.llvm.sandbox.mutate import Planted
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

GOLDEN = {one.name: one.ir for one in golden_functions()}
SOME = ("tokenize", "update_flags", "base64_encode", "bubble_sort", "parse_number")
SEEDS = tuple(range(40))
REDUNDANT_MASK = """define i32 @f(i8 %x) {
  %wide = zext i8 %x to i32
  %same = and i32 %wide, 255
  ret i32 %same
}"""
STORES_CALLS_AND_LOADS = """define i32 @f(ptr %p, ptr %q) {
  call void @g(i32 7)
  store i32 1, ptr %p
  %loaded = load i32, ptr %q
  ret i32 %loaded
}
declare void @g(i32)"""
PROMISED_NOWHERE = """define i32 @f(i32 %x) {
  %more = add i32 %x, 7
  ret i32 %more
}"""
PROMISED_AND_USED = """define i1 @f(i32 %x) {
  %more = add i32 %x, 7
  %greater = icmp sgt i32 %more, %x
  ret i1 %greater
}"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


def mutants(sandbox: Sandbox, text: str, seeds: tuple[int, ...] = SEEDS) -> list[Mutant]:
    with sandbox.session() as session:
        return session.mutants(MutantRequest(text, seeds))


def optimised(sandbox: Sandbox, name: str) -> str:
    with sandbox.session() as session:
        session.load(GOLDEN[name].encode())
        return session.apply("function(sroa,instcombine,simplifycfg)")


@pytest.fixture(scope="module")
def planted(sandbox: Sandbox) -> dict[str, list[Mutant]]:
    return {name: mutants(sandbox, optimised(sandbox, name)) for name in SOME}


def test_every_kind_is_planted_somewhere(
    sandbox: Sandbox, planted: dict[str, list[Mutant]]
) -> None:
    made = [one for some in planted.values() for one in some]
    for text in (STORES_CALLS_AND_LOADS, PROMISED_AND_USED):
        made += mutants(sandbox, text)
    assert {one.kind for one in made} == set(Planted)


def test_mutants_of_one_function_differ_from_each_other(planted: dict[str, list[Mutant]]) -> None:
    texts = [one.text for one in planted["tokenize"]]
    assert len(set(texts)) == len(texts) > len(SEEDS) / 2


def test_a_mutant_verifies_and_has_the_symbols_of_the_original(
    sandbox: Sandbox, planted: dict[str, list[Mutant]]
) -> None:
    with sandbox.session() as session:
        exported = {
            session.load(one.text.encode()).exported
            for some in planted.values()
            for one in some[:8]
        }
    assert exported == {(name,) for name in SOME}


def test_the_same_seeds_plant_the_same(sandbox: Sandbox, planted: dict[str, list[Mutant]]) -> None:
    assert mutants(sandbox, optimised(sandbox, "tokenize")) == planted["tokenize"]


def test_what_llvm_sees_to_be_the_same_is_not_planted(sandbox: Sandbox) -> None:
    kinds = {one.kind for one in mutants(sandbox, REDUNDANT_MASK)}
    assert "constant" in kinds
    assert "lost mask" not in kinds


def test_a_false_promise_is_planted_where_something_follows_from_it(sandbox: Sandbox) -> None:
    assert "false flag" not in {one.kind for one in mutants(sandbox, PROMISED_NOWHERE)}
    (lie,) = [one for one in mutants(sandbox, PROMISED_AND_USED) if one.kind == "false flag"]
    assert "ret i1 true" in lie.text


def test_a_function_with_nothing_to_change_has_no_mutants(sandbox: Sandbox) -> None:
    assert mutants(sandbox, "define ptr @f(ptr %p) {\n  ret ptr %p\n}") == []


def test_a_text_that_is_no_module_is_refused_by_name(sandbox: Sandbox) -> None:
    with pytest.raises(BadModule, match="expected"):
        mutants(sandbox, "define nothing")
