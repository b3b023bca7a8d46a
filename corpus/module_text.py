"""The printed text of an LLVM module as a list of its top-level entities.

LLVM prints each type, global, alias, declaration, attribute group and metadata node on a line of
its own, escapes every line break inside names and strings, and ends a body with `}` at the start of
a line. So one pass over the lines finds every entity, and one regular expression finds what an
entity refers to.

What a printed global or function header is made of follows `AssemblyWriter::printGlobal`,
`printFunction` and `printAlias` (llvm/lib/IR/AsmWriter.cpp).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from corpus.errors import BadModule

_NAME = r'(?:"[^"]*"|[-a-zA-Z$._0-9\\]+)'
# A sigil begins each alternative, and not a class of them: then the search skips to the next one.
_STRING_OR_COMMENT = r'"[^"]*"|;[^\n]*'
TOKEN = re.compile(rf"({_STRING_OR_COMMENT}|@{_NAME}|%{_NAME}|\${_NAME}|#{_NAME}|!{_NAME})")
"""A string, a comment, or a name with its sigil. A quote inside a string is printed as `\\22`."""

_WORDS = r"[-a-zA-Z$._\\][-a-zA-Z$._0-9\\]*"
TOP_LEVEL = re.compile(
    rf'({_STRING_OR_COMMENT}|@{_NAME}|%(?:"[^"]*"|{_WORDS})|\${_NAME}|#{_NAME}|!{_NAME})'
)
"""The same without `%5` and its like, which are nine tenths of a body's names. To be used where no
type is without a name."""

_DEFINED = re.compile(rf"([@%$!]{_NAME}) = ")
_BRACKET = re.compile(r'"[^"]*"|[()\[\]{}<>]')
_SIGILS = "@%$#!"


class Kind(Enum):
    """What a top-level entity is."""

    TYPE = auto()
    GLOBAL = auto()
    ALIAS = auto()
    IFUNC = auto()
    DECLARATION = auto()
    DEFINITION = auto()
    ATTRIBUTES = auto()
    METADATA = auto()


@dataclass(frozen=True, slots=True)
class Entity:
    """One top-level entity: its name with sigil as printed, and its text without the last newline.

    `position` orders the entities of a module as they are printed.
    """

    kind: Kind
    name: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Preamble:
    """Data layout and triple lines as printed; empty where the module names none."""

    datalayout: str
    triple: str


@dataclass(frozen=True, slots=True)
class ModuleText:
    """A module's entities by name. Types and values share `%`, which no other sigil does."""

    preamble: Preamble
    entities: dict[str, Entity]
    module_flags: str

    def definitions(self) -> Iterator[Entity]:
        """The functions with a body, as printed."""
        return (entity for entity in self.entities.values() if entity.kind is Kind.DEFINITION)

    @property
    def num_definitions(self) -> int:
        """How many functions have a body."""
        return sum(1 for _ in self.definitions())

    def top_level(self) -> re.Pattern[str]:
        """What finds every name in a body that may be an entity's, as a group."""
        unnamed = any(name[0] == "%" and name[1:].isdigit() for name in self.entities)
        return TOKEN if unnamed else TOP_LEVEL


def read_module(text: str) -> ModuleText:
    """Index `text`, which LLVM printed. Linear in its length.

    Module-level assembly, comdats and named metadata other than the module flags are left out.
    Raises BadModule on a line that LLVM does not print.
    """
    entities: dict[str, Entity] = {}
    datalayout = triple = flags = ""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text.startswith("define ", start):
            end = text.find("\n}", start) + 2
            if end < 2:  # noqa: PLR2004 - find() said -1
                raise BadModule(f"a body has no end: {text[start : start + 80]}")
        line = text[start:end]
        start = end + 1
        if line.startswith("target datalayout"):
            datalayout = line
        elif line.startswith("target triple"):
            triple = line
        elif line.startswith("!llvm.module.flags"):
            flags = line
        else:
            entity = _entity(line, len(entities))
            if entity is not None:
                entities[entity.name] = entity
    return ModuleText(Preamble(datalayout, triple), entities, flags)


_LEFT_OUT = (";", "source_filename", "module asm", "$")
"""Comments, the source's name, module-level assembly, comdats."""


def _entity(line: str, position: int) -> Entity | None:
    if line.startswith(("define ", "declare ")):
        kind = Kind.DEFINITION if line.startswith("define ") else Kind.DECLARATION
        return Entity(kind, function_name(line), line, position)
    if line.startswith("attributes "):
        return Entity(Kind.ATTRIBUTES, line.split(" ", 2)[1], line, position)
    if not line or line.startswith(_LEFT_OUT):
        return None
    defined = _DEFINED.match(line)
    if defined is None:
        raise BadModule(f"not as LLVM prints it: {line[:80]}")
    name = defined.group(1)
    if name[0] == "@":
        return Entity(_kind_of_global(line[defined.end() :]), name, line, position)
    return Entity(Kind.TYPE if name[0] == "%" else Kind.METADATA, name, line, position)


def _kind_of_global(after: str) -> Kind:
    for word in after.split(" "):
        if word == "alias":
            return Kind.ALIAS
        if word == "ifunc":
            return Kind.IFUNC
        if word in {"global", "constant"}:
            return Kind.GLOBAL
    raise BadModule(f"not a global as LLVM prints it: {after[:80]}")


def function_name(header: str) -> str:
    """The name, with its `@`, of the function that a `define` or `declare` line is about."""
    end = header.find("\n")
    for token in TOKEN.finditer(header, 0, end if end >= 0 else len(header)):
        if token.group()[0] == "@":
            return token.group()
    raise BadModule(f"a function without a name: {header[:80]}")


def references(text: str, token: re.Pattern[str] = TOKEN) -> tuple[str, ...]:
    """Every name with sigil that `token` finds, once each, in the order of first appearance."""
    found = dict.fromkeys(token.findall(text))
    return tuple(name for name in found if name[0] in _SIGILS)


def balanced_end(text: str, start: int) -> int:
    """The position after the bracket group that opens at `start`."""
    depth = 0
    for bracket in _BRACKET.finditer(text, start):
        if bracket.group() in "([{<":
            depth += 1
        elif bracket.group() in ")]}>":
            depth -= 1
            if depth == 0:
                return bracket.end()
    raise BadModule(f"unbalanced: {text[start : start + 80]}")


def type_end(text: str, start: int) -> int:
    """The position after the type that begins at `start`, a function's type included."""
    if text[start] in "[{<":
        end = balanced_end(text, start)
    else:
        end = _WORD_TYPE.match(text, start).end()  # type: ignore[union-attr]  # matches all text
        if text.startswith("(", end):
            end = balanced_end(text, end)
    if text.startswith(" addrspace(", end):
        end = balanced_end(text, end + len(" addrspace"))
    if text.startswith(" (", end):
        end = balanced_end(text, end + 1)
    return end


_WORD_TYPE = re.compile(rf"%{_NAME}|[a-zA-Z0-9_]*")


def unquoted(name: str) -> str:
    """The symbol that a printed name stands for: no sigil, no quotes, no escapes."""
    bare = name[1:]
    if not bare.startswith('"'):
        return bare
    raw = re.sub(
        rb"\\([0-9a-fA-F]{2})",
        lambda escape: bytes([int(escape.group(1), 16)]),
        bare[1:-1].encode(errors="surrogateescape"),
    )
    return raw.decode(errors="surrogateescape")
