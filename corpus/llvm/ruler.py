"""The ruler: what is measured of a module, in one place for every path that measures.

`instructions`: instructions in all definitions of the module, as `Module::getInstructionCount`
counts them. `object_bytes`: bytes of the allocated sections with contents (code, data, read-only
data; neither `.eh_frame` nor notes) of the object made as `clang -c -Oz` makes it, for the module's
own triple; the sum of those rows of `llvm-size -A`. `state_hash`: 64 bits of BLAKE2b over the
module as LLVM prints it without local names, the comments that list predecessors, and attributes
that were inferred for intrinsics. That text is canonical: a module that was cloned, parsed or
written by `opt` prints alike, whereas its bitcode numbers metadata in the order of its history
(measured: the bitcode of a clone with a loop differs from that of the same module parsed, after 521
of 600 random lists; the text never), and it takes a third of the time.
"""

import struct
from collections.abc import Mapping
from hashlib import blake2b

from corpus.errors import BadModule
from corpus.llvm.library import Library, Machines, Pointer

_CLASS_64, _LITTLE_ENDIAN = 2, 1  # ELFCLASS64, ELFDATA2LSB
_IN_FIRST_HEADER = 0xFFFF  # SHN_XINDEX
_ALLOCATED = 0x2  # SHF_ALLOC
_NO_CONTENTS = frozenset({0, 8})  # SHT_NULL, SHT_NOBITS
_NOTE = 7  # SHT_NOTE
_PREDECESSORS = b"; preds = "
_UNWIND = frozenset({b".eh_frame", b".rel.eh_frame", b".rela.eh_frame"})


def state_hash(library: Library, module: Pointer) -> int:
    """The state's hash; intrinsics' attributes are reset on the way."""
    library.reset_intrinsics(module)
    return hash_of_text(library.text(module))


def hash_of_text(text: bytes) -> int:
    """The hash of a state printed so: signed, since tables have no unsigned integers."""
    head, *rest = text.split(_PREDECESSORS)
    text = b"".join([head, *[part[part.index(b"\n") :] for part in rest]])
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little", signed=True)


def exported_symbols(library: Library, module: Pointer) -> Mapping[bytes, bool]:
    """Symbols a linker would see defined here, each with whether it is a function."""
    exported = library.is_exported_definition
    variables = {library.name(one): False for one in library.globals(module) if exported(one)}
    functions = {library.name(one): True for one in library.functions(module) if exported(one)}
    return variables | functions


def object_bytes(library: Library, module: Pointer, machines: Machines) -> int:
    """The size of the module's object; the module itself is left as it was."""
    copy = library.clone(module)
    try:
        return allocated_bytes(library.object_file(copy, machines.objects))
    finally:
        library.dispose(copy)


def allocated_bytes(elf: bytes, *, with_unwind: bool = False) -> int:
    """Sum of the sections of an ELF object that take room in the program's file and memory.

    `with_unwind` counts the tables of stack unwinding too, which `object_bytes` leaves out.

    Read here because the sandbox imports nothing but the standard library, and because libLLVM's
    C API tells a section's name and size but not its flags. Raises BadModule when it is not ELF.
    """
    if elf[:4] != b"\x7fELF":
        raise BadModule("object_bytes is defined for ELF targets only")
    is_64, order = elf[4] == _CLASS_64, "<" if elf[5] == _LITTLE_ENDIAN else ">"
    header = struct.Struct(order + ("IIQQQQIIQQ" if is_64 else "IIIIIIIIII"))
    table = int.from_bytes(elf[40:48] if is_64 else elf[32:36], "little" if order == "<" else "big")
    count, names_index = struct.unpack_from(order + "HH", elf, 60 if is_64 else 48)
    if count == 0:  # more sections than 16 bits can say: the first header's size is their number
        count = header.unpack_from(elf, table)[5]
    if names_index == _IN_FIRST_HEADER:  # and its link is the index of their names
        names_index = header.unpack_from(elf, table)[6]
    sections = [header.unpack_from(elf, table + index * header.size) for index in range(count)]
    names = sections[names_index][4]
    total = 0
    for name, kind, flags, _, _, size, *_ in sections:
        label = elf[names + name : elf.index(b"\0", names + name)]
        if flags & _ALLOCATED and kind not in _NO_CONTENTS and kind != _NOTE:
            total += size if with_unwind or label not in _UNWIND else 0
    return total
