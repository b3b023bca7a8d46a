"""What is compared, said to the harness, which shapes inputs so that it comes out otherwise."""

import ctypes as c
from typing import TYPE_CHECKING

from corpus.llvm.library import Handle, Pointer
from corpus.llvm.reading import Kind, Opcode, Predicate
from corpus.llvm.sandbox.undefined import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

_POINTERS, _EQUALITY, _CUT, _FLOATS = 0x80, 0x100, 0x200, 0x400
"""Added to the width, which is below: pointers; only being equal matters; the second side are the
bits of the first that stay; the bits of floating-point numbers."""

_BITS_OF = {Kind.HALF: 16, Kind.BFLOAT: 16, Kind.FLOAT: 32, Kind.DOUBLE: 64}

_WIDEST = 64
_MOST_CASES = 32
"""Of one switch; the harness learns of no more."""


class Comparisons:
    """Adds calls that say what comparisons and switches are about to compare."""

    def __init__(self, checks: Checks) -> None:
        self._b = checks.building
        self._compare = checks.compare
        self._case_value = self._b.library.bind("LLVMGetSwitchCaseValue", Handle, Handle, c.c_uint)
        self.of: dict[int, Callable[[Pointer], None]] = {
            Opcode.ICMP: self._icmp,
            Opcode.FCMP: self._fcmp,
            Opcode.SWITCH: self._switch,
            Opcode.AND: self._mask,
            Opcode.TRUNC: self._truncation,
            Opcode.ZEXT: self._extension,
            Opcode.SEXT: self._extension,
        }
        self._num_next = self._b.library.bind("LLVMGetNumSuccessors", c.c_uint, Handle)

    def _icmp(self, instruction: Pointer) -> None:
        """Say both sides."""
        b = self._b
        left, right = b.operand(instruction, 0), b.operand(instruction, 1)
        b.before(instruction)
        equality = b.predicate(instruction) in (Predicate.EQ, Predicate.NE)
        self._say(left, right, _EQUALITY if equality else 0)

    def _fcmp(self, instruction: Pointer) -> None:
        """Say the bits of both sides, whose order is that of the numbers where signs are equal."""
        b = self._b
        left, right = b.operand(instruction, 0), b.operand(instruction, 1)
        bits = _BITS_OF.get(Kind(b.kind(b.type_of(left))))
        if bits is None:
            return
        b.before(instruction)
        type_ = b.integer(bits)
        one, other = (b.cast(Opcode.BITCAST, side, type_) for side in (left, right))
        self._say(one, other, _FLOATS)

    def _mask(self, instruction: Pointer) -> None:
        """Say what a constant mask cuts off."""
        b = self._b
        for number in (0, 1):
            if b.is_constant_int(b.operand(instruction, number)):
                b.before(instruction)
                value, mask = b.operand(instruction, 1 - number), b.operand(instruction, number)
                self._say(value, mask, _CUT)
                return

    def _truncation(self, instruction: Pointer) -> None:
        """Say what a narrower type cuts off."""
        b = self._b
        value, narrow = b.operand(instruction, 0), b.type_of(instruction)
        type_ = b.type_of(value)
        if b.kind(narrow) == Kind.INTEGER and b.width(type_) <= _WIDEST:
            b.before(instruction)
            self._say(value, b.number(type_, (1 << b.width(narrow)) - 1), _CUT)

    def _extension(self, instruction: Pointer) -> None:
        """Say the sign, by the number that has it alone."""
        b = self._b
        value = b.operand(instruction, 0)
        type_ = b.type_of(value)
        if b.kind(type_) == Kind.INTEGER and 1 < b.width(type_) < _WIDEST:
            b.before(instruction)
            self._say(value, b.number(type_, 1 << (b.width(type_) - 1)), 0)

    def _switch(self, instruction: Pointer) -> None:
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
