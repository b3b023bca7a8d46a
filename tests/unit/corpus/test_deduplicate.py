from corpus.deduplicate import function_id

IR = """@f.count = external dso_local global i32
@__const.f.a = private constant [2 x i32] [i32 1, i32 2]
define dso_local i32 @f(i32 %f) {
  %1 = load i32, ptr @f.count
  %2 = call i32 @f(i32 %1)
  %3 = call i32 @other(ptr @__const.f.a)
  ret i32 %2
}
declare i32 @other(ptr)
"""


def test_an_id_is_32_hex_digits() -> None:
    assert len(function_id(IR, "f")) == 32
    assert int(function_id(IR, "f"), 16) >= 0


def test_the_same_code_under_another_name_is_the_same_function() -> None:
    renamed = IR.replace("@f", "@renamed").replace(".f.", ".renamed.")
    assert function_id(renamed, "renamed") == function_id(IR, "f")


def test_a_quoted_name_is_recognised() -> None:
    renamed = IR.replace("@f.count", '@"a b.count"').replace("@__const.f.a", '@"__const.a b.a"')
    renamed = renamed.replace("@f(", '@"a b"(')
    assert function_id(renamed, "a b") == function_id(IR, "f")


def test_another_callee_or_constant_is_another_function() -> None:
    assert function_id(IR.replace("@other", "@another"), "f") != function_id(IR, "f")
    assert function_id(IR.replace("i32 2]", "i32 3]"), "f") != function_id(IR, "f")


def test_a_name_that_only_begins_like_the_functions_counts() -> None:
    assert function_id(IR.replace("@other", "@fother"), "f") != function_id(
        IR.replace("@other", "@gother"), "f"
    )


def test_a_name_inside_a_string_counts() -> None:
    text = 'c"@f"\n' + IR
    assert function_id(text, "f") != function_id(text.replace('c"@f"', 'c"@g"'), "f")
