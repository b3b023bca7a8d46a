"""Lines are counted as the ruler counts instructions."""

import pytest

from corpus.golden import GoldenFunction, golden_functions
from corpus.normalise import normalise
from trainer.instruction_lines import instruction_lines


@pytest.mark.parametrize("function", golden_functions(), ids=lambda function: function.name)
def test_lines_of_golden_functions_are_their_instructions(function: GoldenFunction) -> None:
    assert instruction_lines(normalise(function.ir)) == function.instructions
    assert instruction_lines(function.ir) == function.instructions


def test_what_the_printer_breaks_is_one_instruction() -> None:
    text = """define i32 @f(i32 %0) personality ptr @__gxx_personality_v0 {
switch i32 %0, label %4 [
i32 -1, label %2
i32 7, label %4
]

2:
%3 = invoke i32 @g()
to label %4 unwind label %5

4:
ret i32 1

5:
%6 = landingpad { ptr, i32 }
cleanup
catch ptr @t
filter [0 x ptr] undef
resume { ptr, i32 } %6
}
"""
    assert instruction_lines(text) == 5


def test_declarations_and_a_body_without_end_are_read_as_far_as_they_go() -> None:
    assert instruction_lines("declare i32 @g()\n@x = global i32 0\n") == 0
    assert instruction_lines("define void @f() {\nstore i32 0, ptr @x\nret vo") == 2
