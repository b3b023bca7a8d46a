import pytest

from corpus.forms import extracted, form_of, labels_of
from corpus.module_text import read_module


def form(text: str, name: str) -> str:
    entities = read_module(text).entities
    return form_of(entities[name], entities).text


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        (
            '@x = private unnamed_addr constant [3 x i8] c"a,\\00", align 1',
            '@x = private unnamed_addr constant [3 x i8] c"a,\\00", align 1',
        ),
        (
            "@x = internal constant [2 x i32] [i32 1, i32 2], align 16, !dbg !4",
            "@x = internal constant [2 x i32] [i32 1, i32 2], align 16",
        ),
        (
            '@x = internal constant i32 1, section "a, b", comdat, align 4',
            '@x = internal constant i32 1, section "a, b", align 4',
        ),
        (
            "@x = dso_local constant { i32, ptr } { i32 1, ptr @f }, align 8",
            "@x = available_externally dso_local constant { i32, ptr } { i32 1, ptr @f }, align 8",
        ),
        (
            "@x = linkonce_odr hidden constant i32 1, comdat",
            "@x = available_externally hidden constant i32 1",
        ),
    ],
)
def test_a_constant_keeps_its_value(printed: str, kept: str) -> None:
    assert form(printed, "@x") == kept


@pytest.mark.parametrize(
    ("printed", "declared"),
    [
        (
            "@x = internal global [2 x i32] zeroinitializer, align 4",
            "@x = external dso_local global [2 x i32], align 4",
        ),
        ("@x = dso_local global i32 0", "@x = external dso_local global i32"),
        ("@x = common global ptr null, align 8", "@x = external global ptr, align 8"),
        ("@x = external global i32, align 4", "@x = external global i32, align 4"),
        ("@x = extern_weak global i32", "@x = extern_weak global i32"),
        ("@x = weak constant i32 1, align 4", "@x = external constant i32, align 4"),
        (
            "@x = internal thread_local(localexec) global i32 3",
            "@x = external dso_local thread_local(localexec) global i32",
        ),
        (
            "@x = addrspace(1) externally_initialized constant i32 3",
            "@x = external addrspace(1) externally_initialized constant i32",
        ),
        (
            '@x = hidden global ptr addrspace(1) null, section "s", comdat($a)',
            '@x = external hidden global ptr addrspace(1), section "s"',
        ),
    ],
)
def test_what_may_change_is_declared(printed: str, declared: str) -> None:
    assert form(printed, "@x") == declared


@pytest.mark.parametrize(
    ("printed", "declared"),
    [
        ("declare i32 @f(ptr, ...) #1", "declare i32 @f(ptr, ...) #1"),
        ("declare !dbg !7 void @f()", "declare void @f()"),
        ("declare extern_weak void @f()", "declare extern_weak void @f()"),
        (
            "define internal fastcc zeroext i1 @f(ptr sret(%struct.S) align 8 %0) #3 {\n}",
            "declare dso_local fastcc zeroext i1 @f(ptr sret(%struct.S) align 8 %0) #3",
        ),
        (
            'define weak_odr hidden void @f() unnamed_addr #2 section "x" comdat($f) align 16 {\n}',
            "declare hidden void @f() unnamed_addr #2 align 16",
        ),
        (
            "define void @f() align 8 prefix i32 1 personality ptr @p !prof !3 {\n}",
            "declare void @f() align 8",
        ),
        (
            'define range(i32 0, 2) %"a @f(" @f(i32 %0) {\n}',
            'declare range(i32 0, 2) %"a @f(" @f(i32 %0)',
        ),
    ],
)
def test_another_function_is_declared_as_its_callers_see_it(printed: str, declared: str) -> None:
    assert form(printed, "@f") == declared


def test_an_alias_of_a_function_is_declared_like_the_function() -> None:
    text = (
        "@a = dso_local alias i32 (ptr), ptr @b\n"
        "@b = internal alias i32 (ptr), ptr @f\n"
        "define internal fastcc i32 @f(ptr %0) #3 {\n}\n"
    )
    assert form(text, "@a") == "declare dso_local fastcc i32 @a(ptr %0) #3"


def test_an_alias_of_data_is_declared_as_a_variable() -> None:
    text = (
        "@a = alias i32, getelementptr (i8, ptr @x, i64 4)\n@x = global [2 x i32] zeroinitializer\n"
    )
    assert form(text, "@a") == "@a = external global i32"


def test_aliases_in_a_circle_end() -> None:
    text = "@a = alias i32 (), ptr @b\n@b = alias i32 (), ptr @a\n"
    assert form(text, "@a") == "declare i32 @a()"


def test_an_ifunc_is_declared_as_a_function() -> None:
    text = "@a = dso_local ifunc { i32, i32 } (ptr, ...), ptr @r\n"
    assert form(text, "@a") == "declare dso_local { i32, i32 } @a(ptr, ...)"


@pytest.mark.parametrize(
    ("printed", "alone"),
    [
        ("define internal i32 @f() #0 {\n  ret i32 0\n}", "define dso_local i32 @f() #0 {"),
        ("define linkonce_odr i32 @f() comdat {\n}", "define i32 @f() {"),
        (
            'define hidden i32 @f() section "s" align 32 {\n}',
            "define dso_local i32 @f() align 32 {",
        ),
        (
            'define dso_local void @f() #1 gc "x" personality ptr @p {\n}',
            'define dso_local void @f() #1 gc "x" personality ptr @p {',
        ),
    ],
)
def test_the_function_itself_becomes_external(printed: str, alone: str) -> None:
    [definition] = read_module(printed).definitions()
    assert extracted(definition).startswith(alone)


def test_addresses_of_labels_are_seen() -> None:
    assert labels_of('[ptr blockaddress(@f, %9), ptr blockaddress(@"g h", %10)]') == {
        "@f",
        '@"g h"',
    }
