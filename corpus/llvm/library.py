"""libLLVM's C API, typed: what the sandbox needs of it and no more.

Loaded only in the sandbox: a pass may abort, hang or exhaust memory inside these calls. The
functions are those of llvm-c/Core.h, IRReader.h, BitWriter.h, Analysis.h, TargetMachine.h and
Transforms/PassBuilder.h; `Module::getInstructionCount` has no C binding and is called by its C++
symbol, which takes the module's pointer alone.
"""

import ctypes as c
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from corpus.errors import BadModule, CorpusError
from corpus.llvm.printer import Printer

Handle = c.c_void_p
_Type = Any
"""A ctypes type, or None for void; ctypes itself types these as Any."""

Pointer = int
"""An address inside libLLVM, as ctypes hands it out."""

_RETURN_STATUS = 2  # LLVMVerifierFailureAction: LLVMReturnStatusAction
_OBJECT_FILE = 1  # LLVMCodeGenFileType: LLVMObjectFile
_FUNCTION_INDEX = 0xFFFFFFFF  # LLVMAttributeFunctionIndex
_CODE_MODEL_DEFAULT = 0
_NO_MACHINE = 0  # a null pointer
_NO_OPTIMISATION, _DEFAULT_OPTIMISATION = 0, 2  # LLVMCodeGenOptLevel: None, Default
_RELOC_DEFAULT, _RELOC_PIC = 0, 2

_BUFFER_NAME = b"module"
"""What LLVM calls the file in its messages, and so the same identifier in every printed text."""

_TARGETS = (
    *("AArch64", "AMDGPU", "ARM", "AVR", "BPF", "Hexagon", "Lanai", "LoongArch", "Mips", "MSP430"),
    *("NVPTX", "PowerPC", "RISCV", "Sparc", "SystemZ", "VE", "WebAssembly", "X86", "XCore"),
)
_INITIALISERS = ("TargetInfo", "Target", "TargetMC", "AsmPrinter", "AsmParser")

_NOT_EXPORTED = frozenset({1, 2, 3, 4, 7, 8, 9})
"""LLVMLinkage of what no other object may rely on: available externally, link-once (whoever uses
one has its own; `-Oz` itself drops those that nothing here uses), LLVM's own lists (appending, such
as that of constructors, which passes may run ahead of time), internal, private."""


class PassListRejected(CorpusError, ValueError):
    """The text is not a pipeline that LLVM can parse; carries LLVM's own message."""


@dataclass(frozen=True)
class Machines:
    """The two target machines of one triple, as addresses.

    `passes` is made as `opt` makes it (generic processor, no optimisation level, default
    relocation); `objects` as `clang -c -Oz` does (position-independent, default level). The
    processor and its features come from each function's own attributes in both.
    """

    passes: Pointer
    objects: Pointer


class Library:
    """One loaded libLLVM.

    Addresses that its methods return live as long as what they point to: a module until `dispose`,
    and never longer than its context.
    """

    def __init__(self, path: str) -> None:
        """Load the library at `path` and initialise every target that it holds."""
        self._library = c.CDLL(path)
        self.clone: Callable[[Pointer], Pointer] = self.bind("LLVMCloneModule", Handle, Handle)
        self.dispose = self.bind("LLVMDisposeModule", None, Handle)
        self.count: Callable[[Pointer], int] = self.bind(
            "_ZNK4llvm6Module19getInstructionCountEv", c.c_uint, Handle
        )
        self.run: Callable[[Pointer, bytes, Pointer, Pointer], Pointer | None] = self.bind(
            "LLVMRunPasses", Handle, Handle, c.c_char_p, Handle, Handle
        )
        self.options: Pointer = self.bind("LLVMCreatePassBuilderOptions", Handle)()
        self._print = self.bind("LLVMPrintModuleToString", Handle, Handle)
        self._intrinsic_id = self.bind("LLVMGetIntrinsicID", c.c_uint, Handle)
        self._upgrade_intrinsic = self.bind(
            "_ZN4llvm24UpgradeIntrinsicFunctionEPNS_8FunctionERS1_b",
            c.c_bool, Handle, c.POINTER(Handle), c.c_bool,
        )  # fmt: skip
        self._replaced = Handle()
        self._free_message = self.bind("LLVMDisposeMessage", None, Handle)
        self._shape = self.bind(
            "_ZN4llvm14StructuralHashERKNS_6ModuleEb", c.c_uint64, Handle, c.c_bool
        )
        self.printer = Printer(self._library, lambda module: self._take(self._print(module)))
        self.text: Callable[[Pointer], bytes] = self.printer.text
        self.identity: Callable[[Pointer], bytes | None] = lambda _: None
        """What tells states of a module apart, where it is said (see `identity/`); None: print."""
        self._verify = self.bind(
            "LLVMVerifyModule", c.c_int, Handle, c.c_int, c.POINTER(c.c_char_p)
        )
        self._first_function = self.bind("LLVMGetFirstFunction", Handle, Handle)
        self._next_function = self.bind("LLVMGetNextFunction", Handle, Handle)
        self._first_global = self.bind("LLVMGetFirstGlobal", Handle, Handle)
        self._next_global = self.bind("LLVMGetNextGlobal", Handle, Handle)
        self._is_declaration = self.bind("LLVMIsDeclaration", c.c_int, Handle)
        self._linkage = self.bind("LLVMGetLinkage", c.c_int, Handle)
        self._name = self.bind("LLVMGetValueName2", Handle, Handle, c.POINTER(c.c_size_t))
        for target in _TARGETS:
            for part in _INITIALISERS:
                initialise = getattr(self._library, f"LLVMInitialize{target}{part}", None)
                if initialise is not None:
                    initialise()

    def bind(self, name: str, result: _Type, *arguments: _Type) -> Callable[..., Any]:
        """The C function of this name, typed; for the modules of the sandbox that need others."""
        function = getattr(self._library, name)
        function.restype = result
        function.argtypes = arguments
        bound: Callable[..., Any] = function
        return bound

    def context(self, *, keep_names: bool = False) -> Pointer:
        """A fresh LLVMContext; it owns the types and constants of the modules parsed into it.

        Unless names are kept, local values have none and print as numbers: passes then waste no
        time on names, and a text does not depend on the order in which they were thought up. Such a
        context reads bitcode only.
        """
        made: Pointer = self.bind("LLVMContextCreate", Handle)()
        self.bind("LLVMContextSetDiscardValueNames", None, Handle, c.c_int)(made, not keep_names)
        return made

    def forget(self, context: Pointer) -> None:
        """End a context whose modules are disposed of."""
        self.bind("LLVMContextDispose", None, Handle)(context)

    def parse(self, context: Pointer, module: bytes) -> Pointer:
        """The module that `module`, bitcode or text, says, verified.

        Raises BadModule with LLVM's first line when it does not parse or does not verify.
        """
        buffer = self.bind(
            "LLVMCreateMemoryBufferWithMemoryRangeCopy", Handle, c.c_char_p, c.c_size_t, c.c_char_p
        )(module, len(module), _BUFFER_NAME)
        parsed, message = Handle(), c.c_char_p()
        failed = self.bind(
            "LLVMParseIRInContext",
            c.c_int, Handle, Handle, c.POINTER(Handle), c.POINTER(c.c_char_p),
        )(context, buffer, c.byref(parsed), c.byref(message))  # fmt: skip
        if failed or parsed.value is None:
            raise BadModule(_first_line(message.value or b"not LLVM IR"))
        fault = self.fault(parsed.value)
        if fault is not None:
            raise BadModule(f"the verifier says: {fault}")
        return parsed.value

    def empty(self, context: Pointer) -> Pointer:
        """A module with nothing in it."""
        made: Pointer = self.bind("LLVMModuleCreateWithNameInContext", Handle, c.c_char_p, Handle)(
            _BUFFER_NAME, context
        )
        return made

    def bitcode(self, module: Pointer) -> bytes:
        """The module as bitcode."""
        return self._buffer(self.bind("LLVMWriteBitcodeToMemoryBuffer", Handle, Handle)(module))

    def _buffer(self, buffer: Pointer) -> bytes:
        start = self.bind("LLVMGetBufferStart", Handle, Handle)(buffer)
        size = self.bind("LLVMGetBufferSize", c.c_size_t, Handle)(buffer)
        content = c.string_at(start, size)
        self.bind("LLVMDisposeMemoryBuffer", None, Handle)(buffer)
        return content

    def fault(self, module: Pointer) -> str | None:
        """The verifier's first complaint about `module`, or None."""
        if not self._verify(module, _RETURN_STATUS, None):
            return None
        message = c.c_char_p()
        self._verify(module, _RETURN_STATUS, c.byref(message))
        return _first_line(message.value or b"broken module")

    def run_passes(self, module: Pointer, pass_list: bytes, machine: Pointer) -> None:
        """Apply a textual pipeline in place. Raises PassListRejected; may abort the process."""
        error = self.run(module, pass_list, machine, self.options)
        if error:
            raise PassListRejected(self.message_of(error))

    def message_of(self, error: Pointer) -> str:
        """The text of an LLVMErrorRef, which this consumes."""
        text = self.bind("LLVMGetErrorMessage", Handle, Handle)(error)
        said = c.string_at(text)
        self.bind("LLVMDisposeErrorMessage", None, Handle)(text)
        return _first_line(said)

    def shape(self, module: Pointer) -> int:
        """LLVM's detailed structural hash: equal modules have the same, and a few others too.

        It leaves out flags, attributes and metadata, and takes a fifth of the time of printing.
        """
        hashed: int = self._shape(module, True)  # noqa: FBT003 - C++'s own
        return hashed

    def reset_intrinsics(self, module: Pointer) -> None:
        """Give the declarations of intrinsics the attributes that reading a module gives them.

        Passes infer attributes there that say nothing and do not survive a file.
        """
        for function in self.functions(module):
            if self._intrinsic_id(function):
                self._upgrade_intrinsic(function, self._replaced, True)  # noqa: FBT003 - C++'s own

    def _take(self, address: Pointer) -> bytes:
        said = c.string_at(address)
        self._free_message(address)
        return said

    def functions(self, module: Pointer) -> Iterator[Pointer]:
        """Every function of the module, declarations included."""
        function = self._first_function(module)
        while function:
            yield function
            function = self._next_function(function)

    def globals(self, module: Pointer) -> Iterator[Pointer]:
        """Every global variable of the module, declarations included."""
        variable = self._first_global(module)
        while variable:
            yield variable
            variable = self._next_global(variable)

    def name(self, value: Pointer) -> bytes:
        """A value's symbol, without the `@`."""
        length = c.c_size_t()
        return c.string_at(self._name(value, c.byref(length)), length.value)

    def is_exported_definition(self, value: Pointer) -> bool:
        """Whether a linker would see this function or variable as defined here."""
        return self.is_definition(value) and self._linkage(value) not in _NOT_EXPORTED

    def is_definition(self, value: Pointer) -> bool:
        """Whether the function has a body or the variable an initialiser."""
        return not self._is_declaration(value)

    def triple(self, module: Pointer) -> str:
        """The module's target triple; empty where it names none."""
        said: bytes = self.bind("LLVMGetTarget", c.c_char_p, Handle)(module)
        return said.decode()

    def default_triple(self) -> str:
        """The triple that this LLVM was built for."""
        return self._take(self.bind("LLVMGetDefaultTargetTriple", Handle)()).decode()

    def machines(self, triple: str) -> Machines:
        """The target machines for a module's triple.

        Where it names none, passes run without one, as in `opt`, and objects are this machine's.
        Raises BadModule for a target that LLVM does not know.
        """
        if not triple:
            return Machines(_NO_MACHINE, self.machines(self.default_triple()).objects)
        target, message = Handle(), c.c_char_p()
        failed = self.bind(
            "LLVMGetTargetFromTriple", c.c_int, c.c_char_p, c.POINTER(Handle), c.POINTER(c.c_char_p)
        )(triple.encode(), c.byref(target), c.byref(message))
        if failed:
            raise BadModule(_first_line(message.value or b"unknown target"))
        create = self.bind(
            "LLVMCreateTargetMachine",
            Handle, Handle, c.c_char_p, c.c_char_p, c.c_char_p, c.c_int, c.c_int, c.c_int,
        )  # fmt: skip

        def machine(level: int, relocation: int) -> Pointer:
            made: Pointer = create(
                target, triple.encode(), b"", b"", level, relocation, _CODE_MODEL_DEFAULT
            )
            return made

        return Machines(
            passes=machine(_NO_OPTIMISATION, _RELOC_DEFAULT),
            objects=machine(_DEFAULT_OPTIMISATION, _RELOC_PIC),
        )

    def object_file(self, module: Pointer, machine: Pointer) -> bytes:
        """The relocatable object of the module, which code generation uses up: pass a clone.

        Raises BadModule when the target cannot emit it.
        """
        buffer, message = Handle(), c.c_char_p()
        failed = self.bind(
            "LLVMTargetMachineEmitToMemoryBuffer",
            c.c_int, Handle, Handle, c.c_int, c.POINTER(c.c_char_p), c.POINTER(Handle),
        )(machine, module, _OBJECT_FILE, c.byref(message), c.byref(buffer))  # fmt: skip
        if failed:
            raise BadModule(_first_line(message.value or b"no object file"))
        assert buffer.value is not None
        return self._buffer(buffer.value)

    def strip_debug_info(self, module: Pointer) -> None:
        """Drop debug records and their metadata."""
        self.bind("LLVMStripModuleDebugInfo", c.c_int, Handle)(module)

    def set_size_attributes(self, context: Pointer, module: Pointer) -> None:
        """Give every definition what `clang -Oz` gives it: `minsize optsize`.

        `optnone` and `noinline`, which `-O0` adds, go.
        """
        kind = self.bind("LLVMGetEnumAttributeKindForName", c.c_uint, c.c_char_p, c.c_size_t)
        create = self.bind("LLVMCreateEnumAttribute", Handle, Handle, c.c_uint, c.c_uint64)
        add = self.bind("LLVMAddAttributeAtIndex", None, Handle, c.c_uint, Handle)
        remove = self.bind("LLVMRemoveEnumAttributeAtIndex", None, Handle, c.c_uint, c.c_uint)
        wanted = [create(context, kind(name, len(name)), 0) for name in (b"minsize", b"optsize")]
        unwanted = [kind(name, len(name)) for name in (b"optnone", b"noinline")]
        for function in self.functions(module):
            if not self.is_definition(function):
                continue
            for attribute in unwanted:
                remove(function, _FUNCTION_INDEX, attribute)
            for attribute in wanted:
                add(function, _FUNCTION_INDEX, attribute)


def _first_line(message: bytes) -> str:
    lines = message.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else "no message"
