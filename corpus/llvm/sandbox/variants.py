"""One function's variants as machine code in this process, and the memory that they share.

All variants of a function see one entry, one set of stand-ins and the same addresses of globals;
what differs between them is the code under test and where its own constants lie.
"""

import ctypes as c
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from corpus.llvm.jit import Jit
from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.declared import Declared
from corpus.llvm.sandbox.entry import ENTRY, TABLE, Entry, NotRunnable
from corpus.llvm.sandbox.harness_memory import Harness
from corpus.llvm.sandbox.instrument import SYMBOLS
from corpus.llvm.sandbox.known_functions import (
    KNOWN,
    NUMBER_FUNCTIONS,
    RUNTIME,
    TABLES,
    UNMODELLED,
)
from corpus.llvm.sandbox.layout import Layout

CONSTANTS = b"pl.constants"
_AVAILABLE_EXTERNALLY, _EXTERNAL, _PRIVATE = 1, 0, 9  # LLVMLinkage
_CALL_OPCODES = frozenset({5, 45, 67})  # LLVMOpcode: Invoke, Call, CallBr
_DEFAULT_VISIBILITY = 0  # LLVMVisibility
_INCOMPLETE_BYTES = 4096
_MOST_GLOBAL_BYTES = 1 << 20
_UNLOCAL = re.compile(
    r"^(@[^=\n]*= |declare |define )([^@\n\"(\[{]*?)\b(?:dso_local|hidden|protected) ", re.MULTILINE
)
_FLOATING = re.compile(r"\b(?:half|bfloat|float|double|x86_fp80|fp128)\b")


def reachable_from_afar(text: str) -> str:
    """`text` without marks that say a symbol is near: globals and stand-ins lie far away."""
    while (changed := _UNLOCAL.sub(r"\1\2", text)) != text:
        text = changed
    return text


@dataclass(frozen=True, slots=True)
class Variant:
    """Linked code: the function's address, and (address, bytes) of each constant of its own."""

    name: str
    function: int
    constants: tuple[tuple[int, int], ...]


class Linker:
    """Links the variants of one function. Made from the function before any pass."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        library: Library,
        jit: Jit,
        loaded: Harness,
        context: Pointer,
        module: Pointer,
        text: str,
    ) -> None:
        """Lay out what `module` refers to. Raises NotRunnable."""
        self._library, self._jit, self._harness = library, jit, loaded
        self._context = context
        self._layout = Layout(library, module)
        self._bind_all()
        self.symbol = self._function_of(module)
        loaded.library.pl_begin()
        self._entry = Entry(library, module, text)
        description = loaded.description
        self._entry.describe(self._named_function(module, self.symbol), description)
        description.distinct = int("!tbaa" in text or "!alias.scope" in text)
        description.floats = int(_FLOATING.search(text) is not None)
        self._symbols = self._runtime() | {
            name: loaded.address(name) for name in (*SYMBOLS, "pl_callee")
        }
        self._numbers: dict[str, int] = {}
        self._constants: dict[str, tuple[int, int]] = {}
        for function in library.functions(module):
            if not library.is_definition(function):
                self._place_function(function)
        for variable in library.globals(module):
            self._place_variable(variable)
        self._indirect: dict[str, int] = {}
        for call in self._indirect_calls(module):
            self._place_call(call)
        self._link_entry()

    @property
    def globals_and_stand_ins(self) -> dict[str, int]:
        """What was placed, by symbol."""
        return self._symbols

    def link(self, name: str, module: Pointer) -> Variant:
        """Compile a variant, which is used up. Raises NotLinked, BadModule, NotRunnable."""
        library = self._library
        listed = self._list_constants(module)
        lent = self._lend(module)
        undefined = [
            function for function in library.functions(module)
            if not library.is_definition(function)
            and not self._intrinsic(function)
            and self._first_use(function)
        ]  # fmt: skip
        extra: dict[str, int] = {}
        for function in undefined:
            symbol = library.name(function).decode(errors="surrogateescape")
            if symbol not in self._symbols:
                address = self._known_address(symbol)
                if address is None:
                    raise NotRunnable(f"library function {symbol} is not modelled")
                extra[symbol] = address
        space = self._jit.space(process_symbols=False)
        defined = {
            library.name(function).decode(errors="surrogateescape")
            for function in library.functions(module)
            if library.is_definition(function)
        }
        known = self._symbols | extra | {name: at for name, (at, _) in lent.items()}
        space.define({name: known[name] for name in known.keys() - defined})
        space.add_module(module)
        function = space.lookup(self.symbol)
        constants = list(lent.values())
        if listed:
            table = (c.c_uint64 * len(listed)).from_address(space.lookup(CONSTANTS.decode()))
            for at, (symbol, size) in zip(table, listed, strict=True):
                constants.append((at, size))
                if symbol:
                    self._constants.setdefault(symbol, (at, size))
        return Variant(name, function, tuple(constants))

    def enter(self, variant: Variant) -> None:
        """Make `variant` the one that runners run."""
        library = self._harness.library
        library.pl_variant(variant.function)
        for at, size in variant.constants:
            library.pl_constant(at, size, harness.CONSTANT)
        library.pl_tables()

    def prepare_copy(self, module: Pointer) -> None:
        """Before a copy is instrumented: own objects for what is passed by value, guarded calls."""
        self._own_copies(module)
        self._guard_calls(module)

    def _own_copies(self, module: Pointer) -> None:
        """Have the function copy what it is passed by value, so that the copy has an end."""
        function = self._named_function(module, self.symbol)
        builder = self._create_builder(self._context)
        self._position(builder, self._first_instruction(self._first_block(function)))
        for index, one in enumerate(self._entry.arguments):
            if "byval" not in one.value.attributes:
                continue
            parameter = self._parameter(function, index)
            kind = self._entry.type_passed(function, index)
            align = max(self._layout.alignment(kind), int(one.value.attributes.get("align", "1")))
            own = self._alloca(builder, kind, b"")
            self._set_alignment(own, align)
            self._replace(parameter, own)
            size = self._number(self._i64, self._layout.bytes_of(kind), 0)
            self._copy(builder, own, align, parameter, 1, size)
            self._harness.description.passes_copies = 1
        self._dispose_builder(builder)

    def _guard_calls(self, module: Pointer) -> None:
        """Before each indirect call of `module` have the harness see where it goes."""
        for call in list(self._indirect_calls(module)):
            number = self._indirect.get(self._call_key(call))
            if number is None:
                continue
            builder = self._create_builder(self._context)
            self._position(builder, call)
            kinds = (Handle * 2)(self._pointer, self._pointer)
            kind = self._function_type(self._void, kinds, 2, 0)
            guard = self._get_function(module, b"pl_callee") or self._add_function(
                module, b"pl_callee", kind
            )
            name = f"pl.indirect.{number}".encode()
            stand_in = self._get_function(module, name) or self._add_function(
                module, name, self._called_type(call)
            )
            values = (Handle * 2)(self._called(call), stand_in)
            self._build_call(builder, kind, guard, values, 2, b"")
            self._dispose_builder(builder)

    def _bind_all(self) -> None:
        bind = self._library.bind
        self._get_function = bind("LLVMGetNamedFunction", Handle, Handle, c.c_char_p)
        self._add_function = bind("LLVMAddFunction", Handle, Handle, c.c_char_p, Handle)
        self._value_type = bind("LLVMGlobalGetValueType", Handle, Handle)
        self._linkage = bind("LLVMGetLinkage", c.c_int, Handle)
        self._set_linkage = bind("LLVMSetLinkage", None, Handle, c.c_int)
        self._set_visibility = bind("LLVMSetVisibility", None, Handle, c.c_int)
        self._set_comdat = bind("LLVMSetComdat", None, Handle, Handle)
        self._is_constant = bind("LLVMIsGlobalConstant", c.c_int, Handle)
        self._is_thread_local = bind("LLVMIsThreadLocal", c.c_int, Handle)
        self._alignment = bind("LLVMGetAlignment", c.c_uint, Handle)
        self._intrinsic = bind("LLVMGetIntrinsicID", c.c_uint, Handle)
        self._first_block = bind("LLVMGetFirstBasicBlock", Handle, Handle)
        self._next_block = bind("LLVMGetNextBasicBlock", Handle, Handle)
        self._first_instruction = bind("LLVMGetFirstInstruction", Handle, Handle)
        self._next_instruction = bind("LLVMGetNextInstruction", Handle, Handle)
        self._opcode = bind("LLVMGetInstructionOpcode", c.c_int, Handle)
        self._called = bind("LLVMGetCalledValue", Handle, Handle)
        self._called_type = bind("LLVMGetCalledFunctionType", Handle, Handle)
        self._is_function = bind("LLVMIsAFunction", Handle, Handle)
        self._is_assembly = bind("LLVMIsAInlineAsm", Handle, Handle)
        self._first_use = bind("LLVMGetFirstUse", Handle, Handle)
        self._print_value = bind("LLVMPrintValueToString", Handle, Handle)
        self._free = bind("LLVMDisposeMessage", None, Handle)
        self._create_builder = bind("LLVMCreateBuilderInContext", Handle, Handle)
        self._dispose_builder = bind("LLVMDisposeBuilder", None, Handle)
        self._position = bind("LLVMPositionBuilderBefore", None, Handle, Handle)
        self._function_type = bind(
            "LLVMFunctionType", Handle, Handle, c.POINTER(Handle), c.c_uint, c.c_int
        )
        self._build_call = bind(
            "LLVMBuildCall2",
            Handle,
            Handle,
            Handle,
            Handle,
            c.POINTER(Handle),
            c.c_uint,
            c.c_char_p,
        )
        self._parameter = bind("LLVMGetParam", Handle, Handle, c.c_uint)
        self._alloca = bind("LLVMBuildAlloca", Handle, Handle, Handle, c.c_char_p)
        self._set_alignment = bind("LLVMSetAlignment", None, Handle, c.c_uint)
        self._replace = bind("LLVMReplaceAllUsesWith", None, Handle, Handle)
        self._copy = bind(
            "LLVMBuildMemCpy", Handle, Handle, Handle, c.c_uint, Handle, c.c_uint, Handle
        )
        self._number = bind("LLVMConstInt", Handle, Handle, c.c_uint64, c.c_int)
        self._i64: Pointer = bind("LLVMInt64TypeInContext", Handle, Handle)(self._context)
        self._void: Pointer = bind("LLVMVoidTypeInContext", Handle, Handle)(self._context)
        self._pointer: Pointer = bind("LLVMPointerTypeInContext", Handle, Handle, c.c_uint)(
            self._context, 0
        )
        self._first_alias = bind("LLVMGetFirstGlobalAlias", Handle, Handle)
        self._first_resolver = bind("LLVMGetFirstGlobalIFunc", Handle, Handle)

    def _function_of(self, module: Pointer) -> str:
        library = self._library
        if self._first_alias(module) or self._first_resolver(module):
            raise NotRunnable("alias")
        defined = [one for one in library.functions(module) if library.is_definition(one)]
        exported = [one for one in defined if library.is_exported_definition(one)]
        if len(exported) != 1:
            raise NotRunnable(f"{len(exported)} functions in one module")
        return library.name(exported[0]).decode(errors="surrogateescape")

    def _named_function(self, module: Pointer, name: str) -> Pointer:
        found: Pointer = self._get_function(module, name.encode(errors="surrogateescape"))
        return found

    def _runtime(self) -> dict[str, int]:
        found = {}
        for name in RUNTIME:
            for library in _process():
                if hasattr(library, name):
                    found[name] = _address(library, name)
                    break
        return found

    def _known_address(self, name: str) -> int | None:
        """What LLVM means by a function of this name; None where it means none."""
        if name in KNOWN:
            return self._harness.address(KNOWN[name])
        if name in NUMBER_FUNCTIONS | TABLES:
            return next(
                (_address(library, name) for library in _process() if hasattr(library, name)), None
            )
        return None

    def _place_function(self, function: Pointer) -> None:
        if self._intrinsic(function):
            return
        name = self._library.name(function).decode(errors="surrogateescape")
        if name in UNMODELLED:
            raise NotRunnable(f"library function {name} is not modelled")
        address = self._known_address(name)
        if address is not None:
            self._symbols[name] = address
            return
        kind = self._value_type(function)
        declared = self._entry.declared(function)
        self._numbers[name] = self._entry.stand_in(
            declared, kind, self._harness.description, function
        )

    def _place_variable(self, variable: Pointer) -> None:
        library, name = self._library, self._library.name(variable).decode(errors="surrogateescape")
        if library.is_definition(variable):
            if not self._is_constant(variable):
                raise NotRunnable(f"variable of its own: {name}")
            return
        if self._is_thread_local(variable):
            raise NotRunnable(f"thread-local variable: {name}")
        kind = self._value_type(variable)
        size = self._layout.bytes_of(kind) if self._layout.is_sized(kind) else 0
        bytes_ = size or _INCOMPLETE_BYTES
        if bytes_ > _MOST_GLOBAL_BYTES:
            raise NotRunnable(f"large variable: {name}")
        writable = 0 if self._is_constant(variable) else harness.WRITABLE
        at = self._harness.library.pl_global(bytes_, max(self._alignment(variable), 16), writable)
        if not at:
            raise NotRunnable("many variables")
        self._symbols[name] = at
        description = self._harness.description
        for scalar in self._layout.scalars(kind) if size else ():
            if scalar.kind == harness.POINTER and description.slots < harness.MOST_SLOTS:
                description.slot[description.slots] = at + scalar.offset
                description.slots += 1

    def _indirect_calls(self, module: Pointer) -> Iterator[Pointer]:
        for function in self._library.functions(module):
            block = self._first_block(function) if self._library.is_definition(function) else None
            while block:
                instruction = self._first_instruction(block)
                while instruction:
                    after = self._next_instruction(instruction)
                    if self._opcode(instruction) in _CALL_OPCODES:
                        callee = self._called(instruction)
                        if not self._is_function(callee) and not self._is_assembly(callee):
                            yield instruction
                    instruction = after
                block = self._next_block(block)

    def _printed(self, value: Pointer) -> str:
        address = self._print_value(value)
        said = c.string_at(address).decode(errors="surrogateescape")
        self._free(address)
        return said.strip()

    def _call_key(self, call: Pointer) -> str:
        """What two calls have in common that one stand-in may serve."""
        declared = self._declared_call(call)
        parts = [
            declared.convention,
            declared.result.abi,
            *(one.abi for one in declared.parameters),
        ]
        return ", ".join(parts)

    def _declared_call(self, call: Pointer) -> Declared:
        try:
            return self._entry.declarations.call(self._printed(call))
        except ValueError:
            raise NotRunnable("indirect call that cannot be read") from None

    def _place_call(self, call: Pointer) -> None:
        key = self._call_key(call)
        if key not in self._indirect:
            kind = self._called_type(call)
            number = self._entry.stand_in(
                self._declared_call(call), kind, self._harness.description, call
            )
            self._indirect[key] = number
            self._numbers[f"pl.indirect.{number}"] = number

    def _link_entry(self) -> None:
        library = self._library
        module = library.parse(self._context, self._entry.text())
        space = self._jit.space(process_symbols=False)
        space.define({"pl_call": self._harness.address("pl_call")} | self._runtime())
        space.add_module(module)
        self._harness.description.enter = space.lookup(ENTRY)
        count = self._harness.description.callees
        if count:
            table = (c.c_uint64 * count).from_address(space.lookup(TABLE))
            self._symbols |= {name: table[number] for name, number in self._numbers.items()}
        library.dispose(module)

    def _lend(self, module: Pointer) -> dict[str, tuple[int, int]]:
        """Constants whose contents passes left to another module: those of the variant before."""
        names = (
            self._library.name(one).decode(errors="surrogateescape")
            for one in self._library.globals(module)
            if not self._library.is_definition(one)
        )
        return {name: self._constants[name] for name in names if name in self._constants}

    def _list_constants(self, module: Pointer) -> list[tuple[str, int]]:
        """Give `module` a table of its constants' addresses; in the same order their sizes.

        With each goes its symbol, if other modules may know the constant by it.
        """
        library, listed, sizes = self._library, [], []
        for variable in list(library.globals(module)):
            if not library.is_definition(variable):
                continue
            if not self._is_constant(variable):
                raise NotRunnable("variable of its own")
            symbol = ""
            if self._linkage(variable) == _AVAILABLE_EXTERNALLY:
                symbol = library.name(variable).decode(errors="surrogateescape")
                self._set_visibility(variable, _DEFAULT_VISIBILITY)
                self._set_linkage(variable, _PRIVATE)
            self._set_comdat(variable, None)
            listed.append(variable)
            sizes.append((symbol, self._layout.bytes_of(self._value_type(variable))))
        if listed:
            bind = library.bind
            values = (Handle * len(listed))(*listed)
            initial = bind("LLVMConstArray2", Handle, Handle, c.POINTER(Handle), c.c_uint64)(
                self._pointer, values, len(listed)
            )
            kind = bind("LLVMArrayType2", Handle, Handle, c.c_uint64)(self._pointer, len(listed))
            table = bind("LLVMAddGlobal", Handle, Handle, Handle, c.c_char_p)(
                module, kind, CONSTANTS
            )
            bind("LLVMSetInitializer", None, Handle, Handle)(table, initial)
        return sizes


@cache
def _process() -> tuple[c.CDLL, ...]:
    return (c.CDLL(None), c.CDLL("libm.so.6"), c.CDLL("libgcc_s.so.1"))


def _address(library: c.CDLL, name: str) -> int:
    address = c.cast(getattr(library, name), c.c_void_p).value
    assert address is not None
    return address
