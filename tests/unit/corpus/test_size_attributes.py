import pytest

from corpus.extract import Extracted, extract
from corpus.module_text import read_module
from corpus.size_attributes import with_size_attributes

HEAD = 'target triple = "x86_64-pc-linux-gnu"\n'


def alone(text: str) -> dict[str, str]:
    """Each function of a module whose size attributes were set in the text."""
    module = with_size_attributes(read_module(HEAD + text))
    assert module is not None
    functions = [one for one in extract(module) if isinstance(one, Extracted)]
    return {one.symbol: one.text for one in functions}


def test_a_definition_becomes_small_and_loses_what_only_o0_asks_for() -> None:
    text = alone(
        "define i32 @f() #0 {\n  ret i32 0\n}\n"
        'attributes #0 = { noinline nounwind optnone uwtable "target-cpu"="noinline" }\n'
    )["f"]
    assert 'attributes #0 = { minsize optsize nounwind uwtable "target-cpu"="noinline" }' in text
    assert "define i32 @f() #0 {" in text


def test_a_group_that_calls_and_declarations_share_stays_what_it_was_for_them() -> None:
    text = alone(
        "define void @f() #0 {\n  call void @g() #0\n  ret void\n}\n"
        "declare void @g() #0\nattributes #0 = { nounwind }\n"
    )["f"]
    assert "define void @f() #0 {\n  call void @g() #1\n" in text
    assert "declare void @g() #1" in text
    assert "attributes #0 = { minsize optsize nounwind }" in text
    assert "attributes #1 = { nounwind }" in text


def test_another_function_is_declared_with_the_attributes_that_its_definition_has() -> None:
    text = alone(
        "define void @f() #0 {\n  call void @g()\n  ret void\n}\n"
        "define void @g() #1 {\n  ret void\n}\n"
        "attributes #0 = { noinline }\nattributes #1 = { cold noinline }\n"
    )["f"]
    assert "declare void @g() #1" in text
    assert "attributes #1 = { minsize optsize cold }" in text


def test_a_group_behind_a_comdat_or_in_a_name_is_not_mistaken() -> None:
    text = alone(
        'define linkonce_odr void @"a #7 {"() #0 comdat($x) align 2 {\n  ret void\n}\n'
        "attributes #0 = { mustprogress }\n"
    )["a #7 {"]
    assert 'define void @"a #7 {"() #0 align 2 {' in text
    assert "attributes #0 = { minsize optsize mustprogress }" in text


def test_what_is_small_already_does_not_get_the_words_twice() -> None:
    text = alone("define void @f() #0 {\n}\nattributes #0 = { minsize nounwind optsize }\n")["f"]
    assert "attributes #0 = { minsize nounwind optsize }" in text


@pytest.mark.parametrize(
    "text",
    [
        "define void @f() {\n}\n",
        "define void @f() #3 {\n}\n",
        "define void @f() #0 {\n}\nattributes #0 = { nounwind }\n!llvm.dbg.cu = !{!0}\n!0 = !{}\n",
    ],
    ids=["no group", "an unknown group", "debug information"],
)
def test_what_more_has_to_be_done_to_is_left_to_llvm(text: str) -> None:
    assert with_size_attributes(read_module(HEAD + text)) is None
