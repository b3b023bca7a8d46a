"""The 56 features of AutoPhase (Haj-Ali et al., MLSys 2020), counted in a module's printed text.

Names, order and meaning are those that CompilerGym documents for its observation `Autophase`. What
is counted there as an operand is counted here: the size of an `alloca` that is not printed is the
32-bit constant 1, and the values of a `switch` are operands, as they were in LLVM 10. About 0.3 ms
for a function of 60 instructions.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from corpus.instruction_text import Block, Body, Instruction, bodies

FEATURES: Final = (
    "BBNumArgsHi",  # blocks whose phis have more than 5 incoming values together
    "BBNumArgsLo",  # blocks whose phis have 1 to 5
    "onePred",
    "onePredOneSuc",
    "onePredTwoSuc",
    "oneSuccessor",
    "twoPred",
    "twoPredOneSuc",
    "twoEach",
    "twoSuccessor",
    "morePreds",  # blocks with more than two predecessors
    "BB03Phi",  # blocks with 1 to 3 phis
    "BBHiPhi",  # blocks with more
    "BBNoPhi",
    "BeginPhi",  # blocks that begin with a phi
    "BranchCount",
    "returnInt",  # direct calls of functions that return an integer
    "CriticalCount",  # critical edges
    "NumEdges",
    "const32Bit",  # operands that are integer constants of 32 bits
    "const64Bit",
    "numConstZeroes",
    "numConstOnes",
    "UncondBranches",
    "binaryConstArg",  # binary operations with a constant operand
    "NumAShrInst",
    "NumAddInst",
    "NumAllocaInst",
    "NumAndInst",
    "BlockMid",  # blocks of 15 to 500 instructions
    "BlockLow",  # blocks of fewer
    "NumBitCastInst",
    "NumBrInst",
    "NumCallInst",
    "NumGetElementPtrInst",
    "NumICmpInst",
    "NumLShrInst",
    "NumLoadInst",
    "NumMulInst",
    "NumOrInst",
    "NumPHIInst",
    "NumRetInst",
    "NumSExtInst",
    "NumSelectInst",
    "NumShlInst",
    "NumStoreInst",
    "NumSubInst",
    "NumTruncInst",
    "NumXorInst",
    "NumZExtInst",
    "TotalBlocks",
    "TotalInsts",
    "TotalMemInst",  # alloca, load, store, getelementptr, call, invoke
    "TotalFuncs",  # declarations included
    "ArgsPhi",  # incoming values of all phis
    "testUnary",  # alloca, load, casts, and what else has one operand
)
TOTAL_INSTRUCTIONS: Final = FEATURES.index("TotalInsts")

_COUNTED: Final = {
    name.removeprefix("Num").removesuffix("Inst").lower(): name
    for name in FEATURES
    if name.startswith("Num") and name.endswith("Inst")
}
_BINARY: Final = frozenset(
    (
        *("add", "sub", "mul", "udiv", "sdiv", "urem", "srem"),
        *("shl", "lshr", "ashr", "and", "or", "xor"),
        *("fadd", "fsub", "fmul", "fdiv", "frem"),
    )
)
_CASTS: Final = frozenset(
    (
        *("trunc", "zext", "sext", "ptrtoint", "ptrtoaddr", "inttoptr", "bitcast"),
        *("fptoui", "fptosi", "uitofp", "sitofp", "fptrunc", "fpext", "addrspacecast"),
    )
)
_UNARY: Final = _CASTS | {"alloca", "load", "va_arg", "extractvalue", "fneg", "freeze"}
_MEMORY: Final = frozenset(("alloca", "load", "store", "getelementptr", "call", "invoke"))

_SMALL_BLOCK = 15
_MIDDLE_BLOCK = 500
_FEW_PHIS = 3
_FEW_ARGUMENTS = 5
_TWO = 2

_STRING: Final = re.compile(r'"[^"]*"')
_FUNCTION: Final = re.compile(r"^(?:define|declare) ", re.MULTILINE)
_NESTED: Final = re.compile(r"\([^()]*\)")
_COMPOUND: Final = re.compile(r"<[^<>]*>|\[[^][]*\]|\{[^{}]*\}")
_NUMBER = r"(-?\d+|true|false)(?![\w.])"
_TYPED: Final = re.compile(rf"(?<![\w.%@$-])i(\d+) (?:[a-z_]+(?:\(\))? )*{_NUMBER}")
_SECOND: Final = re.compile(rf", {_NUMBER}")
_INTEGER: Final = re.compile(r"(?:[a-z]+ )*i(\d+) ")
_INCOMING: Final = re.compile(r"\[ (.*?), %(?:\"[^\"]*\"|[-$\w.]+) \]")
_RETURNS_INT: Final = re.compile(r"(?:^|[ )])i\d+ (?:\([^@]*\) )?@")


def autophase_features(ir: str) -> list[int]:
    """The counts, in the order of `FEATURES`, over all definitions of a printed module."""
    counts: Counter[str] = Counter()
    for body in bodies(ir):
        _count_body(body, counts)
    counts["TotalFuncs"] = len(_FUNCTION.findall(ir))
    return [counts[name] for name in FEATURES]


def _count_body(body: Body, counts: Counter[str]) -> None:
    targets = [
        block.instructions[-1].targets if block.instructions else [] for block in body.blocks
    ]
    predecessors = Counter(target for each in targets for target in each)
    for block, successors in zip(body.blocks, targets, strict=True):
        _count_edges(predecessors[block.label], successors, predecessors, counts)
        _count_phis(block, counts)
        for instruction in block.instructions:
            _count_instruction(instruction, counts)
        size = len(block.instructions)
        counts["TotalInsts"] += size
        counts["BlockLow"] += size < _SMALL_BLOCK
        counts["BlockMid"] += _SMALL_BLOCK <= size <= _MIDDLE_BLOCK
    counts["TotalBlocks"] += len(body.blocks)


def _count_edges(
    before: int, successors: Sequence[str], predecessors: Counter[str], counts: Counter[str]
) -> None:
    after = len(successors)
    counts["NumEdges"] += after
    if after > 1:
        counts["CriticalCount"] += sum(predecessors[one] > 1 for one in successors)
    counts["oneSuccessor"] += after == 1
    counts["twoSuccessor"] += after == _TWO
    counts["onePred"] += before == 1
    counts["twoPred"] += before == _TWO
    counts["morePreds"] += before > _TWO
    counts["onePredOneSuc"] += before == after == 1
    counts["twoPredOneSuc"] += before == _TWO and after == 1
    counts["onePredTwoSuc"] += before == 1 and after == _TWO
    counts["twoEach"] += before == after == _TWO


def _count_phis(block: Block, counts: Counter[str]) -> None:
    phis = [one for one in block.instructions if one.opcode == "phi"]
    arguments = sum(len(_INCOMING.findall(phi.rest)) for phi in phis)
    counts["ArgsPhi"] += arguments
    counts["BBNumArgsHi"] += arguments > _FEW_ARGUMENTS
    counts["BBNumArgsLo"] += 1 <= arguments <= _FEW_ARGUMENTS
    counts["BBNoPhi"] += not phis
    counts["BB03Phi"] += 1 <= len(phis) <= _FEW_PHIS
    counts["BBHiPhi"] += len(phis) > _FEW_PHIS
    counts["BeginPhi"] += bool(phis) and block.instructions[0].opcode == "phi"


def _count_instruction(instruction: Instruction, counts: Counter[str]) -> None:
    opcode, rest = instruction.opcode, instruction.rest
    name = _COUNTED.get(opcode)
    if name is not None:
        counts[name] += 1
    counts["TotalMemInst"] += opcode in _MEMORY
    counts["testUnary"] += opcode in _UNARY
    if opcode == "br":
        counts["BranchCount"] += 1
        counts["UncondBranches"] += rest.startswith("label")
    elif opcode == "call":
        counts["returnInt"] += _RETURNS_INT.search(rest) is not None
    elif opcode in _BINARY:
        counts["binaryConstArg"] += _has_constant(rest)
    for bits, value in integer_constants(opcode, rest):
        counts["const32Bit"] += bits == "32"
        counts["const64Bit"] += bits == "64"
        counts["numConstZeroes"] += value in {"0", "false"}
        # The one bit of `true` is a 1, and so is that of an i1 that is printed as -1.
        counts["numConstOnes"] += value in {"1", "true"}


def _has_constant(rest: str) -> bool:
    """Whether one of the two operands of a binary operation is no value of the function."""
    plain = _without(_COMPOUND, _without(_NESTED, _STRING.sub("", rest)))
    first, _, second = plain.rpartition(", ")
    return not (second.startswith("%") and first.rpartition(" ")[2].startswith("%"))


def integer_constants(opcode: str, rest: str) -> list[tuple[str, str]]:
    """(bits, value) of each operand that is a constant integer; constants inside of others not."""
    if opcode == "alloca":
        found = _TYPED.findall(_operands(rest))
        return found or [("32", "1")]
    if opcode == "switch":
        return _TYPED.findall(rest)
    if opcode == "phi":
        width = _INTEGER.match(rest)
        if width is None:
            return []
        values = (one for one in _INCOMING.findall(rest) if one[0] in "-0123456789tf")
        return [(width[1], one) for one in values]
    operands = _operands(rest)
    found = _TYPED.findall(operands)
    if opcode in _BINARY or opcode == "icmp":
        # The type is printed once, for both.
        width = _INTEGER.match(operands)
        second = _SECOND.search(operands)
        if width is not None and second is not None:
            found.append((width[1], second[1]))
    return found


def _operands(rest: str) -> str:
    """What is printed behind an opcode without strings and whatever lies inside of constants."""
    if '"' in rest:
        rest = _STRING.sub('""', rest)
    if "(" in rest:
        rest = _call_arguments(rest)
    if "<" in rest or "[" in rest or "{" in rest:
        rest = _without(_COMPOUND, rest)
    return rest


def _call_arguments(rest: str) -> str:
    """A call's arguments; of anything else what stands outside of parentheses."""
    called = _CALLEE.search(rest)
    if called is None:
        return _without(_NESTED, rest)
    given, _, bundles = rest[called.end() :].partition(') [ ""(')
    # What bundles hold are operands as well.
    return (
        _without_inner(given) + " " + bundles.replace("(", " ").replace(")", " ").replace("]", " ")
    )


_CALLEE: Final = re.compile(r"(?:[@%][-$\w.\"]+|\"\")\(")
"""A function, a pointer, or the constraints of inline assembly, and the arguments' parenthesis."""


def _without_inner(text: str) -> str:
    depth = 0
    kept: list[str] = []
    for piece in re.split(r"([()])", text):
        if piece == "(":
            depth += 1
            if depth == 1:
                kept.append("()")
        elif piece == ")":
            depth -= 1
        elif depth <= 0:
            kept.append(piece)
    return "".join(kept)


def _without(pattern: re.Pattern[str], text: str) -> str:
    """`text` without all that `pattern` finds, nested ones included, the brackets' place kept."""
    changed = 1
    while changed:
        text, changed = pattern.subn("", text)
    return text
