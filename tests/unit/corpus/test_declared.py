"""How a module's text declares functions, and what numbers its bodies name."""

import pytest

from corpus.llvm.sandbox.declared import Declarations, read_attributes, tokens
from corpus.llvm.sandbox.inputs import named_numbers, seed_of
from corpus.llvm.sandbox.variants import reachable_from_afar

TEXT = """
%pair = type { i64, [3 x i32] }

declare zeroext range(i32 0, 5) i8 @small(i32 noundef signext, ptr noundef nonnull align 8) #0
declare void @"with space"(ptr byval(%pair) align 8, ...) memory(argmem: read)
declare fastcc { ptr, i64 } @both(<4 x i32>, [2 x { i8, i8 }] %named) #1
declare cc 11 void @numbered()

define dso_local noundef i32 @f(i32 noundef %x) local_unnamed_addr #1 {
  %1 = call zeroext i8 @small(i32 signext %x, ptr null) #2
  %2 = call noundef i32 %p(ptr noundef byval(%pair) align 8 %x, double 1.5, ...) #2
  ret i32 0
}

attributes #0 = { nounwind memory(none) "frame-pointer"="none" }
attributes #1 = { willreturn "target-cpu"="x86-64" }
attributes #2 = { noreturn }
"""


def test_parameters_results_and_attributes_are_read_from_a_line() -> None:
    small = Declarations(TEXT).functions["@small"]
    assert small.name == "small"
    assert small.result.result_abi == "zeroext i8"
    assert [one.abi for one in small.parameters] == ["i32 signext", "ptr"]
    assert small.parameters[1].attributes == {"noundef": "", "nonnull": "", "align": "8"}
    assert small.result.attributes["range"] == "i32 0, 5"
    assert small.attributes == {"nounwind": "", "memory": "none", "frame-pointer": "none"}


def test_quoted_names_aggregates_conventions_and_varargs_are_read() -> None:
    declared = Declarations(TEXT).functions
    quoted = declared['@"with space"']
    assert (quoted.name, quoted.varargs) == ("with space", True)
    assert quoted.parameters[0].abi == "ptr byval(%pair) align 8"
    assert quoted.attributes == {"memory": "argmem: read"}
    both = declared["@both"]
    assert (both.convention, both.result.type) == ("fastcc", "{ ptr, i64 }")
    assert [one.type for one in both.parameters] == ["<4 x i32>", "[2 x { i8, i8 }]"]
    assert declared["@numbered"].convention == "cc 11"
    assert declared["@f"].attributes["target-cpu"] == "x86-64"


def test_a_call_says_more_than_the_declaration() -> None:
    assert Declarations(TEXT).call_sites == {"@small": {"noreturn": ""}}


def test_the_callee_of_an_indirect_call_is_read_from_the_call() -> None:
    call = next(line for line in TEXT.splitlines() if "%2 = call" in line)
    callee = Declarations(TEXT).call(call)
    assert callee.result.type == "i32"
    assert [one.abi for one in callee.parameters] == ["ptr byval(%pair) align 8", "double"]
    assert callee.varargs
    assert "noreturn" in callee.attributes


def test_a_call_of_what_has_no_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="undefined thing"):
        Declarations("").call("call void undefined thing")


def test_commas_and_spaces_in_brackets_and_quotes_part_nothing() -> None:
    assert list(tokens('a (b, c) "d, e" {f g}, h')) == ["a", "(b, c)", '"d, e"', "{f g}", ",", "h"]
    assert read_attributes(["align", "4", "sret(%t)", '"k"="v w"']) == {
        "align": "4",
        "sret": "%t",
        "k": "v w",
    }


def test_numbers_that_decide_something_are_named_and_names_are_no_numbers() -> None:
    body = """define i32 @f7(i32 %0) {
  %2 = icmp eq i32 %0, 305419896
  %3 = and i32 %0, -16
  %4 = load i32, ptr %99, align 64
  switch i32 %0, label %5 [
    i32 42, label %6
  ]
}"""
    assert named_numbers(body) == [42, 305419896, 2**64 - 16]


def test_marks_of_nearness_go_and_nothing_else_does() -> None:
    text = (
        "@g = external dso_local hidden global i32\n"
        '@s = private constant [18 x i8] c"is dso_local there"\n'
        "declare dso_local void @h(ptr dso_local_equivalent @h)\n"
        "define hidden dso_local i32 @f() {\n  ret i32 0\n}\n"
    )
    assert reachable_from_afar(text) == (
        "@g = external global i32\n"
        '@s = private constant [18 x i8] c"is dso_local there"\n'
        "declare void @h(ptr dso_local_equivalent @h)\n"
        "define i32 @f() {\n  ret i32 0\n}\n"
    )


def test_seeds_of_inputs_differ_and_fit_a_word() -> None:
    seeds = {seed_of(2**64 - 1, number) for number in range(64)}
    assert len(seeds) == 64
    assert all(0 <= seed < 2**64 for seed in seeds)
