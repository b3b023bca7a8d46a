import re
from collections import Counter

import llvmlite.binding as llvm
import pytest

from corpus.autophase_features import FEATURES, autophase_features
from corpus.golden import GoldenFunction, golden_functions

# The edges of @f:
#
#     entry ─► head ─► body ─► head      head ─► done, body ─► done
#
LOOP = """
@table = private constant [2 x i32] zeroinitializer

define i32 @f(ptr %p, i32 %n) {
entry:
  %at = alloca i32, align 4
  br label %head

head:                                             ; preds = %body, %entry
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %s = phi i32 [ 1, %entry ], [ %i, %body ]
  %more = icmp slt i32 %i, 100
  br i1 %more, label %body, label %done

body:                                             ; preds = %head
  %next = add nsw i32 %i, 1
  %cell = getelementptr inbounds [2 x i32], ptr @table, i64 0, i64 1
  %seen = load i32, ptr %cell, align 4
  %said = tail call i32 @g(i32 noundef 1, ptr noundef nonnull align 8 dereferenceable(8) %p)
  call void @h(ptr getelementptr inbounds (i8, ptr @table, i64 4), i1 true)
  %stop = icmp eq i32 %said, %seen
  br i1 %stop, label %head, label %done

done:                                             ; preds = %body, %head
  %r = phi i32 [ 0, %head ], [ %said, %body ]
  %wide = sext i32 %r to i64
  %twice = shl i64 %wide, 1
  %thin = trunc i64 %twice to i32
  ret i32 %thin
}

declare i32 @g(i32, ptr)

declare void @h(ptr, i1)
"""


def counts(ir: str) -> Counter[str]:
    return Counter(dict(zip(FEATURES, autophase_features(ir), strict=True)))


def test_there_are_56_features() -> None:
    assert len(FEATURES) == len(set(FEATURES)) == 56


def test_a_loop_counted_by_hand() -> None:
    assert +counts(LOOP) == {
        "BBNumArgsLo": 2,
        "onePred": 1,
        "onePredTwoSuc": 1,
        "oneSuccessor": 1,
        "twoPred": 2,
        "twoEach": 1,
        "twoSuccessor": 2,
        "BB03Phi": 2,
        "BBNoPhi": 2,
        "BeginPhi": 2,
        "BranchCount": 3,
        "returnInt": 1,
        "CriticalCount": 3,
        "NumEdges": 5,
        # alloca's size, two of the phis, 100, add's 1, the argument 1, another phi's 0
        "const32Bit": 7,
        "const64Bit": 3,
        "numConstZeroes": 3,
        "numConstOnes": 7,
        "UncondBranches": 1,
        "binaryConstArg": 2,
        "NumAddInst": 1,
        "NumAllocaInst": 1,
        "BlockLow": 4,
        "NumBrInst": 3,
        "NumCallInst": 2,
        "NumGetElementPtrInst": 1,
        "NumICmpInst": 2,
        "NumLoadInst": 1,
        "NumPHIInst": 3,
        "NumRetInst": 1,
        "NumSExtInst": 1,
        "NumShlInst": 1,
        "NumTruncInst": 1,
        "TotalBlocks": 4,
        "TotalInsts": 18,
        "TotalMemInst": 5,
        "TotalFuncs": 3,
        "ArgsPhi": 6,
        "testUnary": 4,
    }


OPCODES = {
    name: name.removeprefix("Num").removesuffix("Inst").lower()
    for name in FEATURES
    if name.startswith("Num") and name.endswith("Inst")
}
"""Features that count one opcode."""

ONES = {"1", "true"}
ZEROES = {"0", "false"}


def counted_by_llvm(ir: str) -> Counter[str]:
    """What llvmlite's LLVM says of a module; values of a switch are no operands to it any more."""
    module = llvm.parse_assembly(ir)
    functions = list(module.functions)
    instructions = [
        one for function in functions for block in function.blocks for one in block.instructions
    ]
    constants = [
        (str(operand.type), str(operand).split(" ")[-1])
        for one in instructions
        for operand in one.operands
        if operand.value_kind is llvm.ValueKind.constant_int
    ]
    for one in instructions:
        cases = re.findall(r" (i\d+) (-?\d+), label", str(one))
        constants += cases if one.opcode == "switch" else []
    opcodes = Counter(one.opcode for one in instructions)
    return Counter(
        {name: opcodes[opcode] for name, opcode in OPCODES.items()}
        | {
            "TotalInsts": len(instructions),
            "TotalFuncs": len(functions),
            "TotalBlocks": sum(len(list(function.blocks)) for function in functions),
            "BranchCount": opcodes["br"],
            "const32Bit": sum(kind == "i32" for kind, _ in constants),
            "const64Bit": sum(kind == "i64" for kind, _ in constants),
            "numConstZeroes": sum(value in ZEROES for _, value in constants),
            "numConstOnes": sum(value in ONES for _, value in constants),
            "ArgsPhi": sum(len(list(one.operands)) for one in instructions if one.opcode == "phi"),
        }
    )


@pytest.mark.parametrize("function", golden_functions(), ids=lambda one: one.name)
def test_it_counts_as_llvm_does(function: GoldenFunction) -> None:
    said = counted_by_llvm(function.ir)
    found = counts(function.ir)
    assert {name: found[name] for name in said} == said
    assert found["TotalInsts"] == function.instructions


VECTORS = """
define <4 x i32> @f(<4 x i32> %v, i1 %c, ptr %p) {
  %sum = add <4 x i32> %v, <i32 1, i32 1, i32 1, i32 1>
  %one = extractelement <4 x i32> %sum, i64 0
  %half = mul i32 7, %one
  store { i32, i32 } { i32 1, i32 1 }, ptr %p, align 4
  %either = select i1 %c, i32 1, i32 %half
  %put = insertelement <4 x i32> %sum, i32 %either, i32 2
  %told = call range(i32 0, 5) i32 asm "bswap $0", "=r,0"(i32 1)
  call void @llvm.assume(i1 true) [ "align"(ptr %p, i64 8) ]
  ret <4 x i32> %put
}

declare void @llvm.assume(i1 noundef)
"""


def test_constants_inside_of_constants_are_no_operands() -> None:
    said = counted_by_llvm(VECTORS)
    found = counts(VECTORS)
    assert {name: found[name] for name in said} == said
    assert found["binaryConstArg"] == 2
