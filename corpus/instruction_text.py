"""The printed bodies of a module as blocks of instructions, without LLVM.

LLVM prints an instruction behind two spaces on a line of its own; what does not fit there (the
cases of a switch, the destinations of an invoke, the clauses of a landingpad) follows on lines that
begin with more, and the `]` of a switch (llvm/lib/IR/AsmWriter.cpp). A block is headed by its
label, which an entry block without a name has not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_NAME = r'(?:"[^"]*"|[-$\w.]+)'
_INSTRUCTION: Final = re.compile(
    rf"  (?:(%{_NAME}) = )?(?:(?:tail|musttail|notail) )?([a-z_]+) ?(.*)"
)
_LABEL: Final = re.compile(rf"({_NAME}):")
_TARGET: Final = re.compile(rf"\blabel %({_NAME})")
_ATTACHED: Final = re.compile(r", ![\w.]+ !(?:\d+|\w+\(.*\))")
_DEFINITION: Final = re.compile(r"^define .*\n(?:.*\n)*?\}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: the name of its result with `%` (empty for none), opcode, and the rest.

    `rest` is what is printed behind the opcode, on one line, without metadata attachments.
    """

    result: str
    opcode: str
    rest: str

    @property
    def targets(self) -> list[str]:
        """Labels of the blocks that a terminator may go to, one for each edge."""
        return _TARGET.findall(self.rest)


@dataclass(frozen=True, slots=True)
class Block:
    """A basic block; `label` is empty for an entry block that LLVM prints none for."""

    label: str
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """A definition: its `define` line, and its blocks in the order of the text."""

    header: str
    blocks: tuple[Block, ...]


def bodies(ir: str) -> Iterator[Body]:
    """Every definition of a module that LLVM printed."""
    for definition in _DEFINITION.finditer(ir):
        lines = definition[0].split("\n")
        yield Body(lines[0], tuple(_blocks(lines[1:-1])))


def _blocks(lines: list[str]) -> Iterator[Block]:
    label = ""
    held: list[Instruction] = []
    for line in _joined(lines):
        if line[0] == " ":
            found = _INSTRUCTION.match(line)
            if found is not None:
                rest = _ATTACHED.sub("", found[3]) if "!" in found[3] else found[3]
                held.append(Instruction(found[1] or "", found[2], rest))
            continue
        head = _LABEL.match(line)
        if head is not None:
            if held:
                yield Block(label, tuple(held))
            label, held = head[1], []
    yield Block(label, tuple(held))


def _joined(lines: list[str]) -> list[str]:
    """Lines that go on where an instruction began, put behind it."""
    joined: list[str] = []
    for line in lines:
        if line.startswith(("   ", "  ]")) and joined and not line.lstrip().startswith("#dbg"):
            joined[-1] += " " + line.strip()
        elif line:
            joined.append(line)
    return joined
