"""A pass list: the text given to `opt -passes=`, read, checked and printed.

The grammar is that of LLVM's `PassBuilder::parsePipelineText` (llvm/lib/Passes/PassBuilder.cpp):

    list     = "" | element ("," element)*
    element  = name | name "(" element ("," element)* ")"
    name     = letter (letter | digit | "-" | "_" | "." )*  ("<" parameters ">")*

LLVM cuts the text at every comma and parenthesis, so parameters hold none; angle brackets may nest.
Spaces around names, which LLVM refuses, are dropped here: a list prints as LLVM takes it.
The empty list is a list: `opt -passes=` leaves the module as it is.

Only the text is known here. Which names exist, and at which level, the pass space knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn

from corpus.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corpus.llvm.passes import Pass

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_DEEPEST: Final = 32
"""Nesting that is still read; LLVM's own levels (module, cgscc, function, loop) need five."""

WRAPPERS: Final = frozenset(
    ("module", "cgscc", "devirt", "function", "loop", "loop-mssa", "coro-cond", "machine-function")
)
"""Names that LLVM 22 takes with a list in parentheses: they hold passes and are none."""


class BadPassList(CorpusError, ValueError):
    """A text that is no pass list; says what is wrong and at which character (from 1)."""


@dataclass(frozen=True, slots=True)
class Element:
    """One item of a pipeline: a pass, or a wrapper with the items it holds."""

    text: str
    """Name and parameters, without what the parentheses hold: `loop-unroll<full-unroll-max=4>`."""
    held: tuple[Element, ...] = ()
    """Items in the parentheses; empty for a pass."""

    @property
    def name(self) -> str:
        """Name without parameters."""
        return self.text.partition("<")[0]

    def leaves(self, wrapper: str = "") -> Iterator[tuple[str, str]]:
        """Yield (text of the pass, name of the innermost wrapper or "") in the order of the run."""
        if not self.held:
            yield self.text, wrapper
        for element in self.held:
            yield from element.leaves(self.name)

    def __str__(self) -> str:
        if not self.held:
            return self.text
        return f"{self.text}({','.join(map(str, self.held))})"


@dataclass(frozen=True, slots=True)
class PassList:
    """A pipeline as a tuple of its top-level items.

    `str(PassList.parse(text)) == text` for every text without spaces, and
    `PassList.parse(str(pass_list)) == pass_list` for every list.
    """

    elements: tuple[str, ...] = ()
    """Top-level items, verbatim: `("function(sroa,gvn)", "globaldce")`."""

    def __post_init__(self) -> None:
        """Refuse elements that are not one well-formed item each, printed without spaces."""
        for element in self.elements:
            _read_one(element)

    @classmethod
    def parse(cls, text: str) -> PassList:
        """Read a pipeline text.

        Raises:
            BadPassList: the text does not follow the grammar above.
        """
        return cls(tuple(map(str, _Reader(text).read())))

    @classmethod
    def from_passes(cls, passes: Iterable[Pass]) -> PassList:
        """Make the list that runs these passes of a pass space, each in a wrapper of its own."""
        return cls(tuple(one.text for one in passes))

    @property
    def tree(self) -> tuple[Element, ...]:
        """The items with their nesting."""
        return tuple(map(_read_one, self.elements))

    @property
    def num_passes(self) -> int:
        """Number of passes named, wrappers not counted: `function(sroa,gvn)` has two.

        A `devirt<4>(...)` counts what it holds once: how often it repeats depends on the module.
        """
        return sum(1 for item in self.tree for _ in item.leaves())

    def __len__(self) -> int:
        return self.num_passes

    def __str__(self) -> str:
        return ",".join(self.elements)


@lru_cache(maxsize=4096)
def _read_one(element: str) -> Element:
    """Read one item; remembered, since a search makes lists from a few hundred items."""
    items = _Reader(element).read()
    if len(items) != 1 or str(items[0]) != element:
        msg = f"an element of a pass list is one item without spaces, not {element!r}"
        raise BadPassList(msg)
    return items[0]


class _Reader:
    """A recursive-descent reader of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def read(self) -> tuple[Element, ...]:
        if not self._text.strip():
            return ()
        elements = self._items(0)
        if self._at < len(self._text):
            self._fail(f"unexpected {self._text[self._at]!r}")
        return elements

    def _items(self, depth: int) -> tuple[Element, ...]:
        if depth > _DEEPEST:
            self._fail(f"more than {_DEEPEST} parentheses are open")
        items = [self._item(depth)]
        while self._take(","):
            items.append(self._item(depth))
        return tuple(items)

    def _item(self, depth: int) -> Element:
        self._skip_spaces()
        name = _NAME.match(self._text, self._at)
        if name is None:
            found = self._text[self._at : self._at + 1]
            self._fail(f"a pass name is missing before {found!r}" if found else "a name is missing")
        self._at = name.end()
        text = name.group() + self._parameters()
        self._skip_spaces()
        opening = self._at
        if not self._take("("):
            return Element(text)
        if name.group() not in WRAPPERS:
            self._fail(f"{text!r} holds no other passes", opening)
        held = self._items(depth + 1)
        if not self._take(")"):
            self._fail("the parenthesis is not closed", opening)
        return Element(text, held)

    def _parameters(self) -> str:
        start = self._at
        open_brackets = 0
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "<":
                open_brackets += 1
            elif not open_brackets:
                break
            elif character == ">":
                open_brackets -= 1
            elif character in ",()" or character.isspace() or not character.isprintable():
                self._fail(f"{character!r} cannot be part of parameters")
            self._at += 1
        if open_brackets:
            self._fail("'<' is not closed", start)
        return self._text[start : self._at]

    def _take(self, character: str) -> bool:
        self._skip_spaces()
        if not self._text.startswith(character, self._at):
            return False
        self._at += 1
        return True

    def _skip_spaces(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _fail(self, what: str, position: int | None = None) -> NoReturn:
        shown = self._text if len(self._text) <= 120 else f"{self._text[:117]}..."  # noqa: PLR2004 one line
        at = self._at if position is None else position
        msg = f"bad pass list, character {at + 1}: {what}: {shown!r}"
        raise BadPassList(msg)
