"""A function as a graph of its instructions, after ProGraML (Cummins et al., ICML 2021).

Nodes are instructions, and what they use that is none: arguments and globals, one node each, and
constants, one for each kind of type. Edges are control (to the next instruction, from a terminator
to the first of each block it may go to), data (from what is defined to what uses it) and call (from
a call of a definition in the module to its first instruction). Blocks show only in control edges.
Read from the printed text, without LLVM.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.instruction_text import Body, Instruction, bodies
from corpus.module_text import function_name

VERSION: Final = "1"
"""Raised whenever the graph of a function changes."""

CONTROL, DATA, CALL = range(3)
EDGE_KINDS: Final = 3

OPCODES: Final = (
    *("other", "argument", "global", "constant"),
    *("ret", "br", "switch", "indirectbr", "invoke", "resume", "unreachable"),
    *("add", "sub", "mul", "udiv", "sdiv", "urem", "srem"),
    *("fneg", "fadd", "fsub", "fmul", "fdiv", "frem"),
    *("shl", "lshr", "ashr", "and", "or", "xor"),
    *("alloca", "load", "store", "getelementptr", "fence", "cmpxchg", "atomicrmw"),
    *("trunc", "zext", "sext", "ptrtoint", "inttoptr", "bitcast"),
    *("fptoui", "fptosi", "uitofp", "sitofp", "fptrunc", "fpext"),
    *("icmp", "fcmp", "phi", "call", "select", "freeze", "extractvalue", "insertvalue"),
    *("extractelement", "insertelement", "shufflevector", "landingpad", "va_arg"),
    # Calls of intrinsics that passes treat as no call at all.
    *("llvm.memcpy", "llvm.memset", "llvm.memmove", "llvm.lifetime", "llvm.assume"),
    *("llvm.intrinsic", "indirect call"),
)
TYPES: Final = (
    *("other", "void", "i1", "i8", "i16", "i32", "i64", "integer", "ptr", "float", "double"),
    *("vector", "array", "struct"),
)
_OPCODE: Final = {name: place for place, name in enumerate(OPCODES)}
_TYPE: Final = {name: place for place, name in enumerate(TYPES)}

_VALUE: Final = re.compile(r'(?<![\w.])(%(?:"[^"]*"|[-$\w.]+))|(@(?:"[^"]*"|[-$\w.]+))')
_LABELS: Final = re.compile(r'label %(?:"[^"]*"|[-$\w.]+)')
_CALLEE: Final = re.compile(r'([@%](?:"[^"]*"|[-$\w.]+))\(')
_CONSTANT: Final = re.compile(
    r"(?<![\w.%@])(?:-?\d+|true|false|null|undef|poison|zeroinitializer)\b"
)
_ALIGNMENT: Final = re.compile(r",? align \d+| #\d+")
_PARAMETER: Final = re.compile(r'%(?:"[^"]*"|[-$\w.]+)(?=[,)])')
_WORD_TYPE: Final = re.compile(r"(?<![\w.%@])(void|i\d+|ptr|float|double|half|[<[{]|%[-$\w.\"]+)")

Integers = NDArray[np.int32]


@dataclass(frozen=True)
class ProgramGraph:
    """`opcodes` and `types` [N], places in OPCODES and TYPES; `edges` [3, E]: kind, from, to."""

    opcodes: Integers
    types: Integers
    edges: Integers

    @property
    def num_nodes(self) -> int:
        """Instructions, arguments, globals and kinds of constants."""
        return len(self.opcodes)


class _Builder:
    """Nodes and edges of one module as they come."""

    def __init__(self) -> None:
        self.opcodes: list[int] = []
        self.types: list[int] = []
        self.edges: list[tuple[int, int, int]] = []
        self.shared: dict[str, int] = {}
        """Globals and kinds of constants → node."""
        self.calls: list[tuple[int, str]] = []
        self.entries: dict[str, int] = {}

    def node(self, opcode: str, kind: str) -> int:
        self.opcodes.append(_OPCODE.get(opcode, 0))
        self.types.append(_TYPE.get(kind, 0))
        return len(self.opcodes) - 1

    def shared_node(self, name: str, opcode: str, kind: str) -> int:
        found = self.shared.get(name)
        if found is None:
            found = self.shared[name] = self.node(opcode, kind)
        return found

    def edge(self, kind: int, before: int, after: int) -> None:
        self.edges.append((kind, before, after))


def program_graph(ir: str) -> ProgramGraph:
    """The graph of all definitions of a printed module."""
    builder = _Builder()
    for body in bodies(ir):
        _add(builder, body)
    for caller, name in builder.calls:
        if name in builder.entries:
            builder.edge(CALL, caller, builder.entries[name])
    edges = np.array(builder.edges, dtype=np.int32).reshape(-1, 3)
    return ProgramGraph(
        np.array(builder.opcodes, dtype=np.int32),
        np.array(builder.types, dtype=np.int32),
        np.ascontiguousarray(edges.T),
    )


def _add(builder: _Builder, body: Body) -> None:
    defined = {name: builder.node("argument", "other") for name in _parameters(body.header)}
    first_of: dict[str, int] = {}
    placed: list[tuple[int, Instruction]] = []
    for block in body.blocks:
        first_of[block.label] = len(builder.opcodes)
        for place, instruction in enumerate(block.instructions):
            node = builder.node(_opcode_of(instruction), _type_of(instruction))
            placed.append((node, instruction))
            if place:
                builder.edge(CONTROL, node - 1, node)
            if instruction.result:
                defined[instruction.result] = node
    if placed:
        builder.entries[function_name(body.header)] = placed[0][0]
    for node, instruction in placed:
        _connect(builder, node, instruction, first_of, defined)


def _connect(
    builder: _Builder,
    node: int,
    instruction: Instruction,
    first_of: dict[str, int],
    defined: dict[str, int],
) -> None:
    for target in instruction.targets:
        if target in first_of:
            builder.edge(CONTROL, node, first_of[target])
    for used in _used(builder, instruction, defined):
        builder.edge(DATA, used, node)
    callee = _callee_of(instruction)
    if callee.startswith("@"):
        builder.calls.append((node, callee))


def _parameters(header: str) -> list[str]:
    opening = header.find("(", header.find("@"))
    return _PARAMETER.findall(header[opening:])


def _used(builder: _Builder, instruction: Instruction, defined: dict[str, int]) -> Iterator[int]:
    """Nodes of the operands, each as often as it is used."""
    rest = _LABELS.sub("", instruction.rest)
    callee = _callee_of(instruction)
    for local, symbol in _VALUE.findall(rest):
        if local in defined:
            yield defined[local]
        elif symbol and symbol != callee:
            yield builder.shared_node(symbol, "global", "ptr")
    constants = _CONSTANT.findall(_ALIGNMENT.sub("", rest))
    if constants:
        kind = _type_of(instruction)
        node = builder.shared_node(f"constant {kind}", "constant", kind)
        for _ in constants:
            yield node


def _callee_of(instruction: Instruction) -> str:
    if instruction.opcode not in {"call", "invoke"}:
        return ""
    found = _CALLEE.search(instruction.rest)
    return found[1] if found is not None else ""


def _opcode_of(instruction: Instruction) -> str:
    if instruction.opcode != "call":
        return instruction.opcode
    callee = _callee_of(instruction)
    if not callee.startswith("@"):
        return "indirect call"
    if not callee.startswith("@llvm."):
        return "call"
    family = ".".join(callee[1:].split(".")[:2])
    return family if family in _OPCODE else "llvm.intrinsic"


def _type_of(instruction: Instruction) -> str:
    """The kind of the first type that is printed: the result's or, without one, an operand's."""
    found = _WORD_TYPE.search(instruction.rest)
    if found is None:
        return "void"
    word = found[1]
    if word in _TYPE:
        return word
    if word.startswith("i"):
        return "integer"
    return {"<": "vector", "[": "array", "{": "struct", "%": "struct"}.get(word[0], "other")
