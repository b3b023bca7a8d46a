"""A copy of a function that stops where it does what has no meaning.

LLVM may turn undefined behaviour into anything, so an input on which a function runs into it says
nothing about a pass list. `instrument` adds checks to a module in place: each calls one of the
`pl_` functions of the harness, which ends the run. Whatever is in doubt ends it too: a false alarm
costs an input, a miss accuses an innocent list. What cannot be checked is refused with a reason.

Memory that was never written is followed bit by bit by LLVM's own MemorySanitizer, in the form made
for kernels, where the harness keeps the shadow: branches, addresses and arguments marked `noundef`
must not depend on it. A `freeze` is taken away first, since what it makes of such a value is each
list's own choice.
"""

import ctypes as c
from collections.abc import Callable
from dataclasses import dataclass

from corpus.llvm.building import Building
from corpus.llvm.library import Library, Pointer
from corpus.llvm.reading import Opcode
from corpus.llvm.sandbox.arithmetic_checks import ArithmeticChecks
from corpus.llvm.sandbox.call_checks import CallChecks
from corpus.llvm.sandbox.comparisons import Comparisons
from corpus.llvm.sandbox.memory_checks import MemoryChecks
from corpus.llvm.sandbox.obstacles import obstacle
from corpus.llvm.sandbox.undefined import Checks, Trap

__all__ = ["SYMBOLS", "Instrumented", "Trap", "instrument"]

SYMBOLS = (
    *("pl_trap", "pl_load", "pl_store", "pl_gep", "pl_alloca", "pl_enter", "pl_leave", "pl_step"),
    "pl_compare",
    *("__msan_warning", "__msan_get_context_state", "__msan_poison_alloca"),
    *("__msan_unpoison_alloca", "__msan_memcpy", "__msan_memmove", "__msan_memset"),
    *(
        f"__msan_metadata_ptr_for_{access}_{size}"
        for access in ("load", "store")
        for size in ("1", "2", "4", "8", "n")
    ),
)
"""What an instrumented module may call; the harness has all of them."""

_SANITISER = b"msan<kernel;eager-checks>"
_OPTIONS = (b"passlake", b"-msan-track-origins=0")
"""Where a value without contents came from is not asked for; for kernels it is otherwise kept."""

_MEMORY = frozenset({"llvm.memcpy", "llvm.memcpy.inline", "llvm.memmove", "llvm.memset"})
"""Intrinsics that the sanitiser replaces: their checks are made before it runs."""

_START, _END = "llvm.lifetime.start", "llvm.lifetime.end"
_LIFETIMES = frozenset({_START, _END})

_with_options: set[int] = set()


@dataclass(frozen=True, slots=True)
class Instrumented:
    """Whether the module now checks itself; `reason` says why not."""

    ok: bool
    reason: str


def instrument(library: Library, module: Pointer) -> Instrumented:
    """Add checks to every definition of the module, which is to be compiled without optimising.

    A module that is refused is as it was.
    """
    building = Building(library, module)
    try:
        definitions = [f for f in library.functions(module) if library.is_definition(f)]
        for function in definitions:
            reason = obstacle(building, function)
            if reason is not None:
                return Instrumented(ok=False, reason=reason)
        _Instrumenter(building).run(definitions)
        return Instrumented(ok=True, reason="")
    finally:
        building.dispose()


class _Instrumenter:
    def __init__(self, building: Building) -> None:
        self._b = building
        self._checks = Checks(building)
        self._arithmetic = ArithmeticChecks(self._checks)
        self._memory = MemoryChecks(self._checks)
        self._calls = CallChecks(self._checks, self._arithmetic)
        self._simple = self._arithmetic.of | self._memory.of
        self._simple[Opcode.UNREACHABLE] = self._not_reached
        for opcode, say in Comparisons(self._checks).of.items():
            check = self._simple.get(opcode)
            self._simple[opcode] = _both(check, say) if check else say

    def run(self, functions: list[Pointer]) -> None:
        """Mark what is there, let the sanitiser add its part, then check what was there.

        The sanitiser takes away what nothing reaches, so marks are looked for again afterwards.
        """
        b = self._b
        for function in functions:
            self._take_freezes(function)
            for block in b.blocks(function):
                self._prepare(block)
            b.mark(function, "sanitize_memory")
        self._sanitise()
        for function in functions:
            body = [
                (b.opcode(instruction), instruction)
                for block in b.blocks(function)
                for instruction in b.instructions(block)
                if b.is_tagged(instruction)
            ]
            self._function(function, body)

    def _take_freezes(self, function: Pointer) -> None:
        b = self._b
        for block in b.blocks(function):
            for instruction in list(b.instructions(block)):
                if b.opcode(instruction) == Opcode.FREEZE:
                    b.replace_uses(instruction, b.operand(instruction, 0))
                    b.erase(instruction)

    def _prepare(self, block: Pointer) -> None:
        """Tag the instructions, check those that the sanitiser will replace, count the step."""
        b = self._b
        for instruction in list(b.instructions(block)):
            name = ""
            if b.opcode(instruction) == Opcode.CALL:
                name = self._calls.name(b.callee(instruction))
            if name in _MEMORY:
                self._calls.intrinsic(instruction, name)
            else:
                b.tag(instruction)
        b.before(self._first_place(block))
        b.call(*self._checks.step)

    def _sanitise(self) -> None:
        library = self._b.library
        handle = id(library)
        if handle not in _with_options:
            texts = (c.c_char_p * len(_OPTIONS))(*_OPTIONS)
            parse = library.bind(
                "LLVMParseCommandLineOptions", None, c.c_int, c.POINTER(c.c_char_p), c.c_char_p
            )
            parse(len(_OPTIONS), texts, None)
            _with_options.add(handle)
        library.run_passes(self._b.module, _SANITISER, 0)

    def _function(self, function: Pointer, body: list[tuple[int, Pointer]]) -> None:
        b = self._b
        b.before(b.first_instruction(b.first_block(function)))
        frame = b.call(*self._checks.enter)
        self._calls.entered(function)
        names = {
            instruction: self._calls.name(b.callee(instruction))
            for opcode, instruction in body
            if opcode == Opcode.CALL
        }
        for instruction, name in names.items():
            if name in _LIFETIMES:  # while their objects are known by their types
                self._lifetime(instruction, ends=name == _END)
        for opcode, instruction in body:
            name = names.get(instruction, "")
            if opcode in self._simple:
                self._simple[opcode](instruction)
            elif opcode in (Opcode.RET, Opcode.RESUME):
                self._leave(function, instruction, frame, is_return=opcode == Opcode.RET)
            elif name and name not in _LIFETIMES:
                self._calls.intrinsic(instruction, name)
            elif opcode in (Opcode.CALL, Opcode.INVOKE) and not name:
                self._call(instruction, frame, is_call=opcode == Opcode.CALL)

    def _not_reached(self, instruction: Pointer) -> None:
        self._b.before(instruction)
        self._checks.trap(Trap.UNREACHABLE)

    def _first_place(self, block: Pointer) -> Pointer:
        b = self._b
        at: Pointer = b.first_instruction(block)
        while b.opcode(at) in (Opcode.PHI, Opcode.LANDING_PAD):
            at = b.next_instruction(at)
        return at

    def _lifetime(self, call: Pointer, *, ends: bool) -> None:
        """What a stack object held is gone when its life begins, which the sanitiser sees, or ends.

        The markers go, since their object is no longer an `alloca`.
        """
        b = self._b
        at = b.operand(call, 0)
        if ends and b.is_instruction(at) and b.opcode(at) == Opcode.ALLOCA:
            b.before(call)
            num_bytes = b.number(b.i64, b.allocated_bytes(b.allocated_type(at)))
            poison = b.function("__msan_poison_alloca", b.void, b.pointer, b.i64, b.pointer)
            b.call(*poison, at, num_bytes, b.zero(b.pointer))
        b.erase(call)

    def _call(self, call: Pointer, frame: Pointer, *, is_call: bool) -> None:
        b = self._b
        self._calls.before_call(call)
        if is_call and b.is_must_tail(call):
            b.before(call)
            b.call(*self._checks.leave, frame)
        elif is_call:
            self._calls.after_call(call)

    def _leave(
        self, function: Pointer, instruction: Pointer, frame: Pointer, *, is_return: bool
    ) -> None:
        b = self._b
        before = b.previous_instruction(instruction)
        if before and b.opcode(before) == Opcode.CALL and b.is_must_tail(before):
            return
        b.before(instruction)
        if is_return:
            self._calls.leaves(function, instruction)
        b.call(*self._checks.leave, frame)


def _both(
    one: Callable[[Pointer], None], other: Callable[[Pointer], None]
) -> Callable[[Pointer], None]:
    def in_turn(instruction: Pointer) -> None:
        one(instruction)
        other(instruction)

    return in_turn
