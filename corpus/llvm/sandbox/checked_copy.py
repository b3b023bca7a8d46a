"""What a function's copy needs before it is instrumented, and where its indirect calls lead.

Calls through a pointer go to a stand-in of their own signature: a pointer that was made up leads to
code only if the harness is asked first, and can put the right address where it came from. What is
passed by value lies in the caller's frame, which the harness does not know: the copy takes it over
into an object with an end.
"""

import ctypes as c
from collections.abc import Iterator

from corpus.llvm.building import Building
from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.reading import Reading
from corpus.llvm.sandbox.declared import Declared
from corpus.llvm.sandbox.entry import Entry, NotRunnable
from corpus.llvm.sandbox.harness_memory import Description

_CALLS = frozenset({5, 45, 67})  # LLVMOpcode: Invoke, Call, CallBr


class IndirectCalls:
    """The stand-ins of calls through pointers: symbol → number, by what a call's signature is."""

    def __init__(self, library: Library, entry: Entry) -> None:
        self._library = library
        self._entry = entry
        self._by_signature: dict[str, int] = {}
        bind = library.bind
        self._print = bind("LLVMPrintValueToString", Handle, Handle)
        self._free = bind("LLVMDisposeMessage", None, Handle)
        self._called = bind("LLVMGetCalledValue", Handle, Handle)
        self._called_type = bind("LLVMGetCalledFunctionType", Handle, Handle)
        self._is_assembly = bind("LLVMIsAInlineAsm", Handle, Handle)

    def place(self, module: Pointer, into: Description) -> dict[str, int]:
        """Write a stand-in for each signature. Raises NotRunnable."""
        placed: dict[str, int] = {}
        for call in self._all(Reading(self._library, module)):
            declared = self._declared(call)
            signature = _signature(declared)
            if signature not in self._by_signature:
                number = self._entry.stand_in(declared, self._called_type(call), into, call)
                self._by_signature[signature] = number
                placed[_symbol(number)] = number
        return placed

    def guard(self, building: Building) -> None:
        """Before each indirect call have the harness see where it goes."""
        b = building
        check = b.function("pl_callee", b.void, b.pointer, b.pointer)
        named = b.library.bind("LLVMGetNamedFunction", Handle, Handle, c.c_char_p)
        add = b.library.bind("LLVMAddFunction", Handle, Handle, c.c_char_p, Handle)
        for call in list(self._all(building)):
            number = self._by_signature.get(_signature(self._declared(call)))
            if number is None:
                continue
            name = _symbol(number).encode()
            stand_in = named(b.module, name) or add(b.module, name, self._called_type(call))
            b.before(call)
            b.call(*check, self._called(call), stand_in)

    def _all(self, reading: Reading) -> Iterator[Pointer]:
        for function in self._library.functions(reading.module):
            for block in reading.blocks(function):
                for instruction in reading.instructions(block):
                    if reading.opcode(instruction) not in _CALLS:
                        continue
                    callee = self._called(instruction)
                    if not reading.is_function(callee) and not self._is_assembly(callee):
                        yield instruction

    def _declared(self, call: Pointer) -> Declared:
        address = self._print(call)
        said = c.string_at(address).decode(errors="surrogateescape").strip()
        self._free(address)
        try:
            return self._entry.declarations.call(said)
        except ValueError:
            raise NotRunnable("indirect call that cannot be read") from None


def own_what_is_passed(building: Building, function: Pointer, entry: Entry) -> bool:
    """Have `function` copy what it is passed by value; whether there is any such thing."""
    b = building
    bind = b.library.bind
    alloca = bind("LLVMBuildAlloca", Handle, Handle, Handle, c.c_char_p)
    align = bind("LLVMSetAlignment", None, Handle, c.c_uint)
    copy = bind("LLVMBuildMemCpy", Handle, Handle, Handle, c.c_uint, Handle, c.c_uint, Handle)
    any_passed = False
    for index, one in enumerate(entry.arguments):
        kind = entry.type_passed(function, index) if "byval" in one.value.attributes else None
        if kind is None:
            continue
        b.before(b.first_instruction(next(iter(b.blocks(function)))))
        own, parameter = alloca(b.builder, kind, b""), b.parameter(function, index)
        alignment = max(16, int(one.value.attributes.get("align", "1")))
        align(own, alignment)
        b.replace_uses(parameter, own)
        copy(b.builder, own, alignment, parameter, 1, b.number(b.i64, b.allocated_bytes(kind)))
        any_passed = True
    return any_passed


def _symbol(number: int) -> str:
    return f"pl.indirect.{number}"


def _signature(declared: Declared) -> str:
    """What two calls have in common that one stand-in may serve."""
    parameters = (one.abi for one in declared.parameters)
    return ", ".join([declared.convention, declared.result.abi, *parameters])
