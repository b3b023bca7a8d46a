import math
import re

import pytest

from corpus.features import FEATURES, features
from corpus.golden import GoldenFunction, golden_functions

LOOP = """
@table = private constant [2 x i32] zeroinitializer

define i32 @f(ptr %p, i32 %n) {
entry:
  %at = alloca i32
  call void @llvm.lifetime.start.p0(ptr %at)
  br label %head

head:                                             ; preds = %head, %entry
  %i = load i32, ptr %at
  %more = icmp slt i32 %i, %n
  %sum = tail call i32 @g(i32 %i)
  store i32 %sum, ptr %at
  br i1 %more, label %head, label %done

done:
  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr @table, i64 8, i1 false)
  ret i32 %i
}

declare i32 @g(i32)
"""


def counts(ir: str) -> dict[str, int]:
    return {
        name: round(math.expm1(value))
        for name, value in zip(FEATURES, features(ir), strict=True)
        if value
    }


def test_a_vector_counts_what_a_function_holds() -> None:
    assert counts(LOOP) == {
        "alloca": 1,
        "load": 1,
        "store": 1,
        "branch": 2,
        "return": 1,
        "call": 3,
        "compare": 1,
        "instructions": 10,
        "blocks": 3,
        "back_edges": 1,
        "called": 1,
        "memory_intrinsics": 1,
        "lifetimes": 1,
        "arguments": 2,
        "globals": 1,
    }


@pytest.mark.parametrize("function", golden_functions(), ids=lambda one: one.name)
def test_it_counts_as_many_instructions_as_the_ruler(function: GoldenFunction) -> None:
    assert counts(function.ir)["instructions"] == function.instructions


def test_names_of_values_and_blocks_do_not_matter() -> None:
    renamed = re.sub(r"(?<![\w.])(head|done|sum|more)\b", r"\1.x", LOOP)
    assert features(renamed) == features(LOOP)
