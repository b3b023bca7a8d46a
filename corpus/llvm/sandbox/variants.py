"""One function's variants as machine code in this process, and the memory that they share.

All variants of a function see one entry, one set of stand-ins and the same addresses of globals;
what differs between them is the code under test and where its own constants lie.
"""

import ctypes as c
import re
from dataclasses import dataclass

from corpus.llvm.building import Building
from corpus.llvm.jit import Jit
from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.addresses import known, runtime
from corpus.llvm.sandbox.checked_copy import IndirectCalls, own_what_is_passed
from corpus.llvm.sandbox.entry import ENTRY, TABLE, Entry, NotRunnable
from corpus.llvm.sandbox.harness_memory import Harness
from corpus.llvm.sandbox.instrument import SYMBOLS
from corpus.llvm.sandbox.known_functions import UNMODELLED
from corpus.llvm.sandbox.layout import Layout

CONSTANTS = b"pl.constants"
_AVAILABLE_EXTERNALLY, _EXTERNAL, _PRIVATE = 1, 0, 9  # LLVMLinkage
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

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
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
        self._symbols = runtime() | {name: loaded.address(name) for name in (*SYMBOLS, "pl_callee")}
        self._numbers: dict[str, int] = {}
        self._constants: dict[str, tuple[int, int]] = {}
        for function in library.functions(module):
            if not library.is_definition(function):
                self._place_function(function)
        for variable in library.globals(module):
            self._place_variable(variable)
        self._indirect = IndirectCalls(library, self._entry)
        self._numbers |= self._indirect.place(module, description)
        self._link_entry()

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
                address = known(symbol, self._harness)
                if address is None:
                    raise NotRunnable(f"library function {symbol} is not modelled")
                extra[symbol] = address
        space = self._jit.space(process_symbols=False)
        placed = self._symbols | extra | {name: at for name, (at, _) in lent.items()}
        named = [*library.functions(module), *library.globals(module)]
        is_defined = {
            library.name(one).decode(errors="surrogateescape"): library.is_definition(one)
            for one in named
        }
        wanted = is_defined.keys() | runtime().keys()
        space.define(
            {name: placed[name] for name in wanted if name in placed and not is_defined.get(name)}
        )
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

    def count_blocks(self, module: Pointer) -> int:
        """Basic blocks of the function."""
        count: int = self._library.bind("LLVMCountBasicBlocks", c.c_uint, Handle)(
            self._named_function(module, self.symbol)
        )
        return count

    def prepare_copy(self, module: Pointer) -> None:
        """Before a copy is instrumented: see `checked_copy`."""
        building = Building(self._library, module)
        function = self._named_function(module, self.symbol)
        if own_what_is_passed(building, function, self._entry):
            self._harness.description.passes_copies = 1
        self._indirect.guard(building)
        building.dispose()

    def _bind_all(self) -> None:
        bind = self._library.bind
        self._get_function = bind("LLVMGetNamedFunction", Handle, Handle, c.c_char_p)
        self._value_type = bind("LLVMGlobalGetValueType", Handle, Handle)
        self._linkage = bind("LLVMGetLinkage", c.c_int, Handle)
        self._set_linkage = bind("LLVMSetLinkage", None, Handle, c.c_int)
        self._set_visibility = bind("LLVMSetVisibility", None, Handle, c.c_int)
        self._set_comdat = bind("LLVMSetComdat", None, Handle, Handle)
        self._is_constant = bind("LLVMIsGlobalConstant", c.c_int, Handle)
        self._is_thread_local = bind("LLVMIsThreadLocal", c.c_int, Handle)
        self._alignment = bind("LLVMGetAlignment", c.c_uint, Handle)
        self._intrinsic = bind("LLVMGetIntrinsicID", c.c_uint, Handle)
        self._first_use = bind("LLVMGetFirstUse", Handle, Handle)
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

    def _place_function(self, function: Pointer) -> None:
        if self._intrinsic(function):
            return
        name = self._library.name(function).decode(errors="surrogateescape")
        if name in UNMODELLED:
            raise NotRunnable(f"library function {name} is not modelled")
        address = known(name, self._harness)
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

    def _link_entry(self) -> None:
        library = self._library
        module = library.parse(self._context, self._entry.text())
        space = self._jit.space(process_symbols=False)
        space.define({"pl_call": self._harness.address("pl_call")} | runtime())
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
