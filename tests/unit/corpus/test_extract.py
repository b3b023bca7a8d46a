import time

import pytest

from corpus.errors import BadModule
from corpus.extract import MAX_CONTEXT_BYTES, Extracted, NotExtracted, extract

TABLE = f'@t = internal constant [9 x i8] c"{"x" * MAX_CONTEXT_BYTES}"\n'
LONG = "define void @f() {\n" + "  fence acquire\n" * 70_000 + "}\n"
LABEL = """@t = internal constant [1 x ptr] [ptr blockaddress(@g, %1)]
define ptr @f() {
  ret ptr @t
}
"""


def only(module: str) -> str:
    [function] = extract(module)
    assert isinstance(function, Extracted)
    return function.text


def test_what_a_constant_refers_to_comes_along() -> None:
    text = only(
        "@a = internal constant [1 x ptr] [ptr @b]\n"
        "@b = internal constant [1 x ptr] [ptr @c]\n"
        "@c = internal global %s zeroinitializer\n"
        "@unused = global i32 0\n"
        "%s = type { i32 }\n"
        "define ptr @f() {\n  ret ptr @a\n}\n"
    )
    assert "@b = internal constant" in text
    assert "@c = external dso_local global %s\n" in text
    assert "%s = type { i32 }" in text
    assert "@unused" not in text


def test_metadata_that_refers_to_itself_is_copied_once() -> None:
    text = only(
        "define void @f() {\n  br label %1, !llvm.loop !6\n}\n"
        '!6 = distinct !{!6, !7}\n!7 = !{!"llvm.loop.mustprogress"}\n!8 = !{}\n'
    )
    assert text.count("!0 = distinct !{!0, !1}") == 1
    assert "!1 = " in text
    assert "!2 = " not in text


def test_module_flags_stay_and_the_rest_of_the_modules_metadata_goes() -> None:
    text = only(
        "define void @f() {\n}\n"
        '!llvm.module.flags = !{!0}\n!llvm.ident = !{!1}\n!0 = !{i32 8, !"PIC Level", i32 2}\n'
        '!1 = !{!"clang"}\n'
    )
    assert "PIC Level" in text
    assert "clang" not in text


def test_constructors_and_module_assembly_are_left_out() -> None:
    text = only(
        'module asm "x: ret"\n'
        "@llvm.global_ctors = appending global [1 x ptr] [ptr @f]\n"
        "define void @f() {\n}\n"
    )
    assert "module asm" not in text
    assert "global_ctors" not in text


def test_the_same_code_in_another_file_gives_the_same_text() -> None:
    first = only(
        '@.str = private constant [2 x i8] c"a\\00"\n'
        '@.str.1 = private constant [2 x i8] c"b\\00"\n'
        "%struct.anon = type { ptr }\n"
        "define void @f(%struct.anon %0) {\n  call void @g(ptr @.str.1, ptr @.str)\n}\n"
        "declare void @g(ptr, ptr)\n"
    )
    second = only(
        '@.str.4 = private constant [2 x i8] c"b\\00"\n'
        '@.str.7 = private constant [2 x i8] c"a\\00"\n'
        "%struct.anon.3 = type { ptr }\n"
        "declare void @g(ptr, ptr)\n"
        "define void @f(%struct.anon.3 %0) {\n  call void @g(ptr @.str.4, ptr @.str.7)\n}\n"
    )
    assert first == second


def test_renumbered_names_do_not_meet_names_that_stay() -> None:
    text = only(
        '@.str.5 = private constant [1 x i8] c"a"\n'
        "@.str = external global i8\n"
        "define void @f() {\n  call void @g(ptr @.str.5, ptr @.str)\n}\n"
        "declare void @g(ptr, ptr)\n"
    )
    assert '@.str.1 = private constant [1 x i8] c"a"' in text
    assert "@g(ptr @.str.1, ptr @.str)" in text


def test_names_in_strings_are_not_renumbered() -> None:
    text = only(
        '@.str.5 = private constant [6 x i8] c"@.str.5"\ndefine ptr @f() {\n  ret ptr @.str.5\n}\n'
    )
    assert '@.str = private constant [6 x i8] c"@.str.5"' in text


def test_inline_assembly_forgets_its_place_in_the_source() -> None:
    text = only(
        'define void @f() {\n  call void asm "nop, !srcloc !5", ""() #0, !srcloc !5\n}\n'
        "attributes #0 = { nounwind }\n!5 = !{i64 852}\n"
    )
    assert 'asm "nop, !srcloc !5", ""() #0\n' in text
    assert "!5 = " not in text


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (LABEL, "label in another function"),
        (f"{TABLE}define ptr @f() {{\n  ret ptr @t\n}}\n", "128 KiB of constants"),
        (LONG, "over 1 MiB"),
        ("define void @0() {\n}\n", "without a name"),
        ("@x = global\ndefine ptr @f() {\n  ret ptr @x\n}\n", "not a global"),
    ],
)
def test_a_function_that_cannot_stand_alone_is_a_loss_with_its_reason(
    module: str, reason: str
) -> None:
    [lost] = extract(module)
    assert isinstance(lost, NotExtracted)
    assert reason in lost.reason


def test_one_lost_function_does_not_stop_the_rest() -> None:
    module = f"{TABLE}define ptr @f() {{\n  ret ptr @t\n}}\ndefine void @g() {{\n}}\n"
    assert [type(function) for function in extract(module)] == [NotExtracted, Extracted]


def test_a_text_that_llvm_did_not_print_is_refused_at_once() -> None:
    with pytest.raises(BadModule):
        extract("int main(void) { return 0; }\n")


def test_the_work_is_linear_in_the_file() -> None:
    """Every function refers to a neighbour, a table that all share, and a string of its own."""

    def seconds(count: int) -> float:
        shared = ", ".join(["ptr @f0"] * 100)
        module = f"@t = internal constant [100 x ptr] [{shared}]\n" + "".join(
            f'@.str.{n} = private constant [2 x i8] c"a\\00"\n'
            f"define ptr @f{n}() {{\n  call ptr @f{(n * 7) % count}()\n"
            f"  store ptr @.str.{n}, ptr @t\n  ret ptr @t\n}}\n"
            for n in range(count)
        )
        started = time.process_time()
        assert all(isinstance(function, Extracted) for function in extract(module))
        return time.process_time() - started

    small = min(seconds(500) for _ in range(3))
    assert seconds(4_000) < 8 * small * 2.5
