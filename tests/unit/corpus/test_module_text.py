import pytest

from corpus.errors import BadModule
from corpus.module_text import (
    Kind,
    balanced_end,
    read_module,
    references,
    type_end,
    unquoted,
)

MODULE = r"""; ModuleID = 'a.c'
source_filename = "a.c"
target datalayout = "e-m:e"
target triple = "x86_64-pc-linux-gnu"

module asm "zz: ret"

%struct.S = type { i32, ptr }

$inline = comdat any

@text = private constant [9 x i8] c"}\0A@x;\22!0\00", align 1
@"odd name" = global i32 0
@other = alias i32, ptr @"odd name"
@chosen = ifunc i32 (), ptr @resolver

; Function Attrs: nounwind
define i32 @f(ptr %0) #0 {
  %2 = load i32, ptr %0, align 4, !tbaa !1
  ret i32 %2
}

define ptr @resolver() {
  ret ptr @f
}

declare i32 @printf(ptr, ...) #1

attributes #0 = { nounwind "target-cpu"="x86-64" }
attributes #1 = { cold }

!llvm.module.flags = !{!0}
!llvm.ident = !{!2}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{!1, !"int"}
!2 = !{!"clang"}
"""


def test_every_entity_is_found_once_with_its_kind() -> None:
    kinds = {name: entity.kind for name, entity in read_module(MODULE).entities.items()}
    assert kinds == {
        "%struct.S": Kind.TYPE,
        "@text": Kind.GLOBAL,
        '@"odd name"': Kind.GLOBAL,
        "@other": Kind.ALIAS,
        "@chosen": Kind.IFUNC,
        "@f": Kind.DEFINITION,
        "@resolver": Kind.DEFINITION,
        "@printf": Kind.DECLARATION,
        "#0": Kind.ATTRIBUTES,
        "#1": Kind.ATTRIBUTES,
        "!llvm.ident": Kind.METADATA,
        "!0": Kind.METADATA,
        "!1": Kind.METADATA,
        "!2": Kind.METADATA,
    }


def test_a_body_ends_at_its_own_brace() -> None:
    body = read_module(MODULE).entities["@f"].text
    assert body.startswith("define i32 @f(")
    assert body.endswith("ret i32 %2\n}")


def test_target_and_module_flags_are_kept_apart() -> None:
    module = read_module(MODULE)
    assert module.preamble.datalayout == 'target datalayout = "e-m:e"'
    assert module.preamble.triple == 'target triple = "x86_64-pc-linux-gnu"'
    assert module.module_flags == "!llvm.module.flags = !{!0}"


def test_references_are_found_in_order_but_not_in_strings_and_comments() -> None:
    text = '@g = global [2 x ptr] [ptr @b, ptr @a], !x !3 ; @comment\n c"@s" @b #7 %"q uo"'
    assert references(text) == ("@g", "@b", "@a", "!x", "!3", "#7", '%"q uo"')


@pytest.mark.parametrize(
    "value_type",
    [
        "i32",
        "ptr",
        "ptr addrspace(1)",
        "[2 x { i8, [3 x i16] }]",
        "<4 x float>",
        "<{ i8, i32 }>",
        "%struct.S",
        '%"class.a b"',
        "i32 (ptr, ...)",
        "{ i32, i32 } (ptr)",
        'target("spirv.Image", i32)',
    ],
)
def test_a_type_ends_where_its_value_begins(value_type: str) -> None:
    text = f"x {value_type} zeroinitializer"
    assert text[2 : type_end(text, 2)] == value_type


def test_brackets_in_strings_do_not_count() -> None:
    text = '(c"))\\22", (1)) rest'
    assert text[: balanced_end(text, 0)] == '(c"))\\22", (1))'


@pytest.mark.parametrize(
    ("printed", "symbol"),
    [("@main", "main"), ('@"a b"', "a b"), ('@"q\\22\\0A"', 'q"\n'), ('@"\\01_x"', "\x01_x")],
)
def test_a_printed_name_stands_for_its_symbol(printed: str, symbol: str) -> None:
    assert unquoted(printed) == symbol


@pytest.mark.parametrize("text", ["define void @f() {\n  ret void\n", "nonsense\n", "@g = i32 0\n"])
def test_what_llvm_does_not_print_is_refused(text: str) -> None:
    with pytest.raises(BadModule):
        read_module(text)
