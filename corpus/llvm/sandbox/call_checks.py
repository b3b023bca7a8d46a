"""Checks of calls: what attributes promise of arguments and results, what intrinsics require."""

from typing import TYPE_CHECKING

from corpus.llvm.library import Pointer
from corpus.llvm.reading import Kind, Opcode, Predicate
from corpus.llvm.sandbox.arithmetic_checks import ArithmeticChecks
from corpus.llvm.sandbox.undefined import Checks, Trap

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpus.llvm.building import Building

MODELLED = frozenset(
    f"llvm.{name}"
    for name in (
        *("memcpy", "memcpy.inline", "memmove", "memset", "memset.inline"),
        *("assume", "abs", "ctlz", "cttz", "ctpop", "bswap", "bitreverse", "fshl", "fshr"),
        *("smax", "smin", "umax", "umin", "scmp", "ucmp"),
        *("sadd.sat", "uadd.sat", "ssub.sat", "usub.sat", "sshl.sat", "ushl.sat"),
        *("sadd.with.overflow", "uadd.with.overflow", "ssub.with.overflow"),
        *("usub.with.overflow", "smul.with.overflow", "umul.with.overflow"),
        *("fptosi.sat", "fptoui.sat", "fabs", "copysign", "is.fpclass"),
        *("sqrt", "fma", "fmuladd", "floor", "ceil", "trunc", "rint", "nearbyint", "round"),
        *("roundeven", "minnum", "maxnum", "minimum", "maximum", "minimumnum", "maximumnum"),
        *("canonicalize", "powi", "ldexp", "frexp", "modf", "pow", "exp", "exp2", "exp10"),
        *("log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh"),
        *("cosh", "tanh", "sincos", "lrint", "llrint", "lround", "llround"),
        *("vector.reduce.add", "vector.reduce.mul", "vector.reduce.and", "vector.reduce.or"),
        *("vector.reduce.xor", "vector.reduce.smax", "vector.reduce.smin"),
        *("vector.reduce.umax", "vector.reduce.umin", "vector.reduce.fadd"),
        *("vector.reduce.fmul", "vector.reduce.fmax", "vector.reduce.fmin"),
        *("expect", "expect.with.probability", "donothing", "sideeffect", "prefetch"),
        *("lifetime.start", "lifetime.end", "stacksave", "stackrestore"),
        *("trap", "debugtrap", "ubsantrap", "eh.typeid.for", "threadlocal.address"),
        *("launder.invariant.group", "strip.invariant.group", "ptrmask", "flt.rounds"),
        *("get.rounding", "ssa.copy", "pseudoprobe", "var.annotation", "annotation"),
        *("ptr.annotation", "codeview.annotation", "fake.use"),
        *("dbg.declare", "dbg.value", "dbg.assign", "dbg.label"),
    )
)
"""Intrinsics whose meaning is the same at every level of optimisation, and checked here where it
has limits."""

_FLOATING = frozenset(
    f"llvm.{name}"
    for name in (
        *("sqrt", "fma", "fmuladd", "floor", "ceil", "trunc", "rint", "nearbyint", "round"),
        *("roundeven", "minnum", "maxnum", "minimum", "maximum", "canonicalize", "powi", "ldexp"),
        *("pow", "exp", "exp2", "exp10", "log", "log2", "log10", "sin", "cos", "tan", "asin"),
        *("acos", "atan", "atan2", "sinh", "cosh", "tanh", "vector.reduce.fadd"),
        *("vector.reduce.fmul", "vector.reduce.fmax", "vector.reduce.fmin"),
    )
)
_ROUNDING = frozenset(f"llvm.{name}" for name in ("lrint", "llrint", "lround", "llround"))


class CallChecks:
    """Adds the checks of calls, of what comes in and of what goes out."""

    def __init__(self, checks: Checks, arithmetic: ArithmeticChecks) -> None:
        self._checks = checks
        self._arithmetic = arithmetic
        self._b: Building = checks.building
        self._names: dict[int, str] = {}
        self._intrinsics: dict[str, Callable[[Pointer], None]] = {
            "llvm.assume": self._assume,
            "llvm.abs": self._absolute,
            "llvm.ctlz": self._count_zeros,
            "llvm.cttz": self._count_zeros,
            "llvm.stacksave": self._save_stack,
            "llvm.stackrestore": self._restore_stack,
            **dict.fromkeys(("llvm.memcpy", "llvm.memcpy.inline"), self._copy),
            "llvm.memmove": self._move,
            **dict.fromkeys(("llvm.memset", "llvm.memset.inline"), self._fill),
            **dict.fromkeys(_FLOATING, arithmetic.makes_number),
            **dict.fromkeys(_ROUNDING, arithmetic.converts),
        }

    def name(self, callee: Pointer) -> str:
        """An intrinsic's name; empty for any other function."""
        identity = self._b.intrinsic(callee) if self._b.is_function(callee) else 0
        if not identity:
            return ""
        if identity not in self._names:
            self._names[identity] = self._b.intrinsic_name(identity)
        return self._names[identity]

    def intrinsic(self, call: Pointer, name: str) -> None:
        """Check an intrinsic's call."""
        check = self._intrinsics.get(name)
        if check is not None:
            check(call)

    def before_call(self, call: Pointer) -> None:
        """Check what the call and its callee promise of the arguments."""
        b = self._b
        b.before(call)
        callee = b.callee(call)
        for i in range(b.num_arguments(call)):
            value = b.operand(call, i)
            if b.kind(b.type_of(value)) == Kind.POINTER:
                self._promised(call, callee, i + 1, value)

    def after_call(self, call: Pointer) -> None:
        """Check what was promised of the result."""
        b = self._b
        if b.kind(b.type_of(call)) == Kind.POINTER:
            b.after(call)
            self._promised(call, b.callee(call), 0, call)

    def entered(self, function: Pointer) -> None:
        """Check what the function promises of its own arguments, where the builder is."""
        b = self._b
        for i in range(b.count_parameters(function)):
            value = b.parameter(function, i)
            if b.kind(b.type_of(value)) == Kind.POINTER:
                self._promised(None, function, i + 1, value)

    def leaves(self, function: Pointer, ret: Pointer) -> None:
        """Check what the function promises of its result, where the builder is."""
        b = self._b
        if b.num_operands(ret) == 0:
            return
        value = b.operand(ret, 0)
        if b.kind(b.type_of(value)) == Kind.POINTER:
            self._promised(None, function, 0, value)
        for i in range(b.count_parameters(function)):
            if b.attribute_of_function(function, i + 1, "returned"):
                same = b.parameter(function, i)
                if b.kind(b.type_of(value)) in (Kind.POINTER, Kind.INTEGER):
                    differs = b.icmp(Predicate.NE, same, value)
                    self._checks.when(differs, Trap.NOT_RETURNED)

    def _promised(
        self, call: Pointer | None, function: Pointer, index: int, value: Pointer
    ) -> None:
        b = self._b
        on_call = call is not None and b.has_attributes_of_call(call, index)
        is_function = bool(b.is_function(function))
        on_function = is_function and b.has_attributes_of_function(function, index)
        if not (on_call or on_function):
            return

        def said(name: str) -> Pointer | None:
            found = None
            if on_call:
                assert call is not None
                found = b.attribute_of_call(call, index, name)
            if found is None and on_function:
                found = b.attribute_of_function(function, index, name)
            return found

        align = said("align")
        at_least = b.value_of(align) if align else 1
        if said("nonnull"):
            self._checks.not_null(value)
        passed = said("byval")
        if passed is not None:
            size = b.number(b.i64, b.allocated_bytes(b.type_in(passed)))
            self._checks.readable(value, size, at_least)
            return
        num_bytes = said("dereferenceable")
        if num_bytes is not None and index:
            size = b.number(b.i64, b.value_of(num_bytes))
            self._checks.readable(value, size, at_least)
        else:
            self._checks.aligned(value, at_least)

    def _align(self, call: Pointer, argument: int) -> int:
        found = self._b.attribute_of_call(call, argument + 1, "align")
        return self._b.value_of(found) if found else 1

    def _move(self, call: Pointer) -> None:
        b = self._b
        b.before(call)
        size = b.resized(b.operand(call, 2), b.i64)
        self._checks.readable(b.operand(call, 1), size, self._align(call, 1))
        self._checks.writable(b.operand(call, 0), size, self._align(call, 0))

    def _copy(self, call: Pointer) -> None:
        """The same place or places apart: anything between is undefined."""
        self._move(call)
        b = self._b
        size = b.resized(b.operand(call, 2), b.i64)
        to, origin = (b.cast(Opcode.PTR_TO_INT, b.operand(call, i), b.i64) for i in (0, 1))
        ahead, behind = b.binary(Opcode.SUB, to, origin), b.binary(Opcode.SUB, origin, to)
        near = b.binary(
            Opcode.OR, b.icmp(Predicate.ULT, ahead, size), b.icmp(Predicate.ULT, behind, size)
        )
        apart = b.icmp(Predicate.NE, to, origin)
        self._checks.when(b.binary(Opcode.AND, near, apart), Trap.OVERLAP)

    def _fill(self, call: Pointer) -> None:
        b = self._b
        b.before(call)
        size = b.resized(b.operand(call, 2), b.i64)
        self._checks.writable(b.operand(call, 0), size, self._align(call, 0))

    def _assume(self, call: Pointer) -> None:
        b = self._b
        b.before(call)
        condition = b.operand(call, 0)
        false = b.icmp(Predicate.EQ, condition, b.zero(b.i1))
        self._checks.when(false, Trap.ASSUMPTION)

    def _absolute(self, call: Pointer) -> None:
        b = self._b
        value, poison = b.operand(call, 0), b.operand(call, 1)
        if b.constant_value(poison):
            b.before(call)
            least = b.icmp(Predicate.EQ, value, b.least_signed(b.type_of(value)))
            self._checks.when(least, Trap.LEAST_ABSOLUTE)

    def _count_zeros(self, call: Pointer) -> None:
        b = self._b
        value, poison = b.operand(call, 0), b.operand(call, 1)
        if b.constant_value(poison):
            b.before(call)
            zero = b.icmp(Predicate.EQ, value, b.zero(b.type_of(value)))
            self._checks.when(zero, Trap.ZERO_COUNT)

    def _save_stack(self, call: Pointer) -> None:
        b = self._b
        b.before(call)
        frame = b.call(*self._checks.enter)
        b.replace_uses(call, b.cast(Opcode.INT_TO_PTR, frame, b.pointer))

    def _restore_stack(self, call: Pointer) -> None:
        b = self._b
        b.before(call)
        frame = b.cast(Opcode.PTR_TO_INT, b.operand(call, 0), b.i64)
        b.call(*self._checks.leave, frame)
        b.erase(call)
