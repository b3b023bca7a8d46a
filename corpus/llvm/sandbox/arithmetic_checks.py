"""Checks of arithmetic: flags that promise something, shifts, division, conversions, lanes.

A flag's broken promise makes poison, which is undefined only once something depends on it. Here the
run ends at once: what is lost is an input, and a function in which nothing goes wrong earlier is
one whose later wrongs have a single cause.
"""

from typing import TYPE_CHECKING

from corpus.llvm.library import Pointer
from corpus.llvm.reading import FLOATS, NO_INFS, NO_NANS, Kind, Opcode, Predicate, RealPredicate
from corpus.llvm.sandbox.undefined import Checks, Trap

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpus.llvm.building import Building

_OVERFLOW = {Opcode.ADD: "add", Opcode.SUB: "sub", Opcode.MUL: "mul"}
_MANTISSA = {Kind.HALF: 11, Kind.BFLOAT: 8, Kind.FLOAT: 24}
"""Bits of a significand; of all wider types at least a double's, which constants are made of."""

_DOUBLE_MANTISSA = 53
_HALF_EXPONENT = 15
"""The greatest; constants beyond are infinite."""

_FLOAT_OPERATIONS = (Opcode.FADD, Opcode.FSUB, Opcode.FMUL, Opcode.FDIV, Opcode.FREM)


class ArithmeticChecks:
    """Adds the checks of one kind of instruction, before or behind it."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._b: Building = checks.building
        self.of: dict[int, Callable[[Pointer], None]] = {
            **dict.fromkeys(_OVERFLOW, self._wraps),
            Opcode.SHL: self._shift_left,
            Opcode.LSHR: self._shift_right,
            Opcode.ASHR: self._shift_right,
            **dict.fromkeys((Opcode.UDIV, Opcode.UREM, Opcode.SDIV, Opcode.SREM), self._divides),
            Opcode.TRUNC: self._truncates,
            Opcode.ZEXT: self._is_negative,
            Opcode.UI_TO_FP: self._is_negative,
            Opcode.OR: self._is_disjoint,
            Opcode.ICMP: self._signs,
            Opcode.FP_TO_SI: self.converts,
            Opcode.FP_TO_UI: self.converts,
            Opcode.EXTRACT_ELEMENT: self._lane,
            Opcode.INSERT_ELEMENT: self._lane,
            **dict.fromkeys(_FLOAT_OPERATIONS, self.makes_number),
            **dict.fromkeys((Opcode.FP_TRUNC, Opcode.FP_EXT), self.makes_number),
            **dict.fromkeys((Opcode.FNEG, Opcode.FCMP), self._promises),
            **dict.fromkeys((Opcode.SELECT, Opcode.PHI), self._promises),
        }

    def _wraps(self, instruction: Pointer) -> None:
        b = self._b
        signed, unsigned = b.nsw(instruction), b.nuw(instruction)
        if not (signed or unsigned):
            return
        b.before(instruction)
        left, right = b.operand(instruction, 0), b.operand(instruction, 1)
        operation = _OVERFLOW[Opcode(b.opcode(instruction))]
        for flag, sign, code in (
            (signed, "s", Trap.SIGNED_WRAP),
            (unsigned, "u", Trap.UNSIGNED_WRAP),
        ):
            if flag:
                name = f"llvm.{sign}{operation}.with.overflow"
                both = b.call_intrinsic(name, (b.type_of(left),), left, right)
                self._checks.when(b.part(both, 1), code)

    def _amount(self, instruction: Pointer) -> tuple[Pointer, Pointer, Pointer]:
        """Check a shift's amount; its type, value and amount."""
        b = self._b
        b.before(instruction)
        value, amount = b.operand(instruction, 0), b.operand(instruction, 1)
        type_ = b.type_of(value)
        width = b.width(b.scalar(type_))
        too_much = b.icmp(Predicate.UGE, amount, b.number(type_, width))
        self._checks.when(too_much, Trap.SHIFT_AMOUNT)
        return type_, value, amount

    def _shift_left(self, instruction: Pointer) -> None:
        b = self._b
        _, value, amount = self._amount(instruction)
        for flag, back, code in (
            (b.nsw(instruction), Opcode.ASHR, Trap.SIGNED_WRAP),
            (b.nuw(instruction), Opcode.LSHR, Trap.UNSIGNED_WRAP),
        ):
            if flag:
                shifted = b.binary(Opcode.SHL, value, amount)
                same = b.binary(back, shifted, amount)
                self._checks.when(b.icmp(Predicate.NE, same, value), code)

    def _shift_right(self, instruction: Pointer) -> None:
        b = self._b
        _, value, amount = self._amount(instruction)
        if b.exact(instruction):
            shifted = b.binary(Opcode.LSHR, value, amount)
            same = b.binary(Opcode.SHL, shifted, amount)
            self._checks.when(b.icmp(Predicate.NE, same, value), Trap.INEXACT)

    def _divides(self, instruction: Pointer) -> None:
        b = self._b
        b.before(instruction)
        left, right = b.operand(instruction, 0), b.operand(instruction, 1)
        type_, opcode = b.type_of(left), b.opcode(instruction)
        signed = opcode in (Opcode.SDIV, Opcode.SREM)
        self._checks.when(b.icmp(Predicate.EQ, right, b.zero(type_)), Trap.DIVISION_BY_ZERO)
        if signed:
            least = b.icmp(Predicate.EQ, left, b.least_signed(type_))
            minus_one = b.icmp(Predicate.EQ, right, b.all_ones(type_))
            both = b.binary(Opcode.AND, least, minus_one)
            self._checks.when(both, Trap.DIVISION_OVERFLOW)
        if opcode in (Opcode.UDIV, Opcode.SDIV) and b.exact(instruction):
            rest = b.binary(Opcode.SREM if signed else Opcode.UREM, left, right)
            self._checks.when(b.icmp(Predicate.NE, rest, b.zero(type_)), Trap.INEXACT)

    def _truncates(self, instruction: Pointer) -> None:
        b = self._b
        for flag, back in (
            (b.nsw(instruction), Opcode.SEXT),
            (b.nuw(instruction), Opcode.ZEXT),
        ):
            if flag:
                b.before(instruction)
                value = b.operand(instruction, 0)
                narrow = b.cast(Opcode.TRUNC, value, b.type_of(instruction))
                same = b.cast(back, narrow, b.type_of(value))
                self._checks.when(b.icmp(Predicate.NE, same, value), Trap.TRUNCATION)

    def _is_negative(self, instruction: Pointer) -> None:
        b = self._b
        if b.nneg(instruction):
            b.before(instruction)
            value = b.operand(instruction, 0)
            negative = b.icmp(Predicate.SLT, value, b.zero(b.type_of(value)))
            self._checks.when(negative, Trap.NEGATIVE)

    def _is_disjoint(self, instruction: Pointer) -> None:
        b = self._b
        if b.disjoint(instruction):
            b.before(instruction)
            left, right = b.operand(instruction, 0), b.operand(instruction, 1)
            shared = b.binary(Opcode.AND, left, right)
            bad = b.icmp(Predicate.NE, shared, b.zero(b.type_of(left)))
            self._checks.when(bad, Trap.NOT_DISJOINT)

    def _signs(self, instruction: Pointer) -> None:
        b = self._b
        left, right = b.operand(instruction, 0), b.operand(instruction, 1)
        type_ = b.type_of(left)
        if b.kind(b.scalar(type_)) == Kind.INTEGER and b.same_sign(instruction):
            b.before(instruction)
            differs = b.icmp(Predicate.SLT, b.binary(Opcode.XOR, left, right), b.zero(type_))
            self._checks.when(differs, Trap.SIGNS_DIFFER)

    def converts(self, instruction: Pointer) -> None:
        """The number, without its fraction, fits the integer."""
        b = self._b
        b.before(instruction)
        value, to = b.operand(instruction, 0), b.scalar(b.type_of(instruction))
        type_, bits = b.type_of(value), b.width(to)
        signed = b.opcode(instruction) != Opcode.FP_TO_UI
        size = bits - 1 if signed else bits
        kind = Kind(b.kind(b.scalar(type_)))
        least = -(2.0**size) if signed else 0.0
        # One less than the least is not a number of narrow types; then the least itself is asked.
        exact = not signed or size < _MANTISSA.get(kind, _DOUBLE_MANTISSA)
        beyond = kind == Kind.HALF and size > _HALF_EXPONENT
        low_kind = RealPredicate.ULE if exact or beyond else RealPredicate.ULT
        low = b.fcmp(low_kind, value, b.real_number(type_, least - 1.0 if exact else least))
        high = b.fcmp(RealPredicate.UGE, value, b.real_number(type_, 2.0**size))
        self._checks.when(b.binary(Opcode.OR, low, high), Trap.CONVERSION)

    def _lane(self, instruction: Pointer) -> None:
        b = self._b
        index = b.operand(instruction, b.num_operands(instruction) - 1)
        count = b.num_elements(b.type_of(b.operand(instruction, 0)))
        b.before(instruction)
        beyond = b.icmp(Predicate.UGE, index, b.number(b.type_of(index), count))
        self._checks.when(beyond, Trap.LANE)

    def makes_number(self, instruction: Pointer) -> None:
        """The result is a number: which bits of a NaN an operation makes is nobody's promise."""
        b = self._b
        b.after(instruction)
        self._is_number(instruction)
        self._promises(instruction)

    def _is_number(self, value: Pointer) -> None:
        b = self._b
        self._checks.when(b.fcmp(RealPredicate.UNO, value, value), Trap.NOT_A_NUMBER)

    def _promises(self, instruction: Pointer) -> None:
        """`nnan` and `ninf` of arguments and result."""
        b = self._b
        flags = b.fast_math(instruction) if b.can_be_fast(instruction) else 0
        if not flags & (NO_NANS | NO_INFS) or b.opcode(instruction) == Opcode.PHI:
            return
        b.before(instruction)
        for operand in b.operands(instruction):
            self._keeps(operand, flags)
        b.after(instruction)
        self._keeps(instruction, flags)

    def _keeps(self, value: Pointer, flags: int) -> None:
        b = self._b
        type_ = b.type_of(value)
        if b.kind(b.scalar(type_)) not in FLOATS:
            return
        if flags & NO_NANS:
            self._is_number(value)
        if flags & NO_INFS:
            size = b.call_intrinsic("llvm.fabs", (type_,), value)
            infinite = b.real_number(type_, float("inf"))
            self._checks.when(b.fcmp(RealPredicate.OEQ, size, infinite), Trap.INFINITE)
