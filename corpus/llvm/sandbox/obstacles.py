"""What an instrumented copy could not check, so that nothing is said of a function with it."""

from corpus.llvm.building import Building
from corpus.llvm.library import Pointer
from corpus.llvm.reading import NO_INFS, NO_NANS, Kind, Opcode
from corpus.llvm.sandbox.call_checks import MODELLED

_UNCHECKED: dict[int, str] = {
    Opcode.CALL_BR: "inline assembly",
    Opcode.INDIRECT_BR: "computed goto",
    Opcode.VA_ARG: "variable arguments",
    Opcode.CLEANUP_RET: "exceptions of Windows",
    Opcode.CATCH_RET: "exceptions of Windows",
    Opcode.CATCH_PAD: "exceptions of Windows",
    Opcode.CLEANUP_PAD: "exceptions of Windows",
    Opcode.CATCH_SWITCH: "exceptions of Windows",
}
_TYPES: dict[int, str] = {
    Kind.SCALABLE_VECTOR: "vectors of unknown size",
    Kind.TOKEN: "coroutines or garbage collection",
    Kind.X86_AMX: "matrix registers",
    Kind.TARGET_EXT: "a target's own types",
    Kind.PPC_FP128: "another processor's numbers",
}
_ACCESSES: dict[int, int] = {
    Opcode.LOAD: 0,
    Opcode.STORE: 1,
    Opcode.ATOMIC_RMW: 0,
    Opcode.CMPXCHG: 0,
}
"""Which operand is the address."""


def obstacle(building: Building, function: Pointer) -> str | None:
    """Why this function cannot be checked, in words that many functions share; None if it can."""
    names: dict[int, str] = {}
    for block in building.blocks(function):
        for instruction in building.instructions(block):
            reason = _reason(building, instruction, names)
            if reason is not None:
                return reason
    return None


def _reason(b: Building, instruction: Pointer, names: dict[int, str]) -> str | None:
    opcode, kind = b.opcode(instruction), b.kind(b.type_of(instruction))
    unchecked = _UNCHECKED.get(opcode) or _TYPES.get(kind)
    if unchecked is not None:
        return unchecked
    if opcode in (Opcode.CALL, Opcode.INVOKE):
        unchecked = _of_call(b, instruction, names)
    elif opcode in _ACCESSES:
        unchecked = _of_access(b, instruction, opcode)
    elif opcode == Opcode.GEP and kind == Kind.VECTOR and b.gep_flags(instruction):
        unchecked = "vectors of pointers"
    if b.can_be_fast(instruction) and b.fast_math(instruction) & ~(NO_NANS | NO_INFS):
        unchecked = "floating-point arithmetic that may be rearranged"
    return unchecked


def _of_access(b: Building, instruction: Pointer, opcode: int) -> str | None:
    if b.address_space(b.type_of(b.operand(instruction, _ACCESSES[opcode]))):
        return "another address space"
    if opcode == Opcode.LOAD and b.metadata(instruction, "invariant.load") is not None:
        return "loads of what never changes"
    return None


def _of_call(b: Building, call: Pointer, names: dict[int, str]) -> str | None:
    callee = b.callee(call)
    if b.is_inline_assembly(callee):
        return "inline assembly"
    identity = b.intrinsic(callee) if b.is_function(callee) else 0
    if not identity:
        return None
    if identity not in names:
        names[identity] = b.intrinsic_name(identity)
    name = names[identity]
    if name in ("llvm.va_start", "llvm.va_copy", "llvm.va_end"):
        return "variable arguments"
    if name not in MODELLED:
        return f"{name} is not modelled"
    if name == "llvm.assume" and b.num_bundles(call):
        return "assumptions about memory"
    return None
