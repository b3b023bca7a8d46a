"""What is compared, said to the harness, which shapes inputs so that it comes out otherwise."""

import ctypes as c

from corpus.llvm.library import Handle, Pointer
from corpus.llvm.reading import Kind, Opcode, Predicate
from corpus.llvm.sandbox.undefined import Checks

_POINTERS, _EQUALITY = 0x80, 0x100
"""Added to the width, which is below: what is compared, and that only being equal matters."""

_WIDEST = 64
_MOST_CASES = 32
"""Of one switch; the harness learns of no more."""


class Comparisons:
    """Adds calls that say what comparisons and switches are about to compare."""

    def __init__(self, checks: Checks) -> None:
        self._b = checks.building
        self._compare = checks.compare
        self._case_value = self._b.library.bind("LLVMGetSwitchCaseValue", Handle, Handle, c.c_uint)
        self._num_next = self._b.library.bind("LLVMGetNumSuccessors", c.c_uint, Handle)

    def of_icmp(self, instruction: Pointer) -> None:
        """Say both sides."""
        b = self._b
        left, right = b.operand(instruction, 0), b.operand(instruction, 1)
        b.before(instruction)
        equality = b.predicate(instruction) in (Predicate.EQ, Predicate.NE)
        self._say(left, right, _EQUALITY if equality else 0)

    def of_switch(self, instruction: Pointer) -> None:
        """Say the value beside each case."""
        b = self._b
        b.before(instruction)
        value = b.operand(instruction, 0)
        for number in range(1, min(self._num_next(instruction), _MOST_CASES + 1)):
            self._say(value, self._case_value(instruction, number), _EQUALITY)

    def _say(self, left: Pointer, right: Pointer, how: int) -> None:
        b = self._b
        type_ = b.type_of(left)
        kind = b.kind(type_)
        if kind == Kind.POINTER:
            width, how = _WIDEST, _POINTERS | how
            sides = [b.cast(Opcode.PTR_TO_INT, side, b.i64) for side in (left, right)]
        elif kind == Kind.INTEGER and 1 < b.width(type_) <= _WIDEST:
            width = b.width(type_)
            sides = [b.resized(side, b.i64) for side in (left, right)]
        else:
            return
        b.call(*self._compare, *sides, b.number(b.i32, width | how))
