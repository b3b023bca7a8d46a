"""How a pass list is cut into the items that are run one after the other.

An item is what stands between two commas at the top of the list, where LLVM would take it alone as
it takes it in the list. Where that is not so, more stays together. A pass that looks back runs with
the whole beginning of its list. A list that LLVM takes for another level than modules because of
its first item (`sroa,gvn`: both in one implied `function(...)`), or that it rejects, stays whole.
How a list is cut depends on its text alone.
"""

from typing import Final

from corpus.llvm.library import Library, Pointer

LOOKS_BACK: Final = frozenset({b"function(break-crit-edges)"})
"""Passes that ask which analyses earlier passes left behind. BreakCriticalEdges.cpp keeps loops in
their simplified form, with more blocks, if and only if LoopInfo happens to be cached."""

_WHOLE: Final = b"whole:"
"""Marks an item that is a whole list."""

_MODULE_LEVEL: Final = (b"function(", b"cgscc(", b"module(", b"default<")
_FOR_MODULES_ONLY: Final = b",globaldce"


class Rejected(Exception):
    """LLVM does not take a text; the message is its own."""


class Items:
    """Cuts lists, with what it has learned about items by trying them on an empty module."""

    def __init__(self, library: Library, context: Pointer, machine: Pointer) -> None:
        self._library = library
        self._context = context
        self._machine = machine
        self._refused: set[bytes] = set()
        self._taken: set[bytes] = set()
        self._opening: dict[bytes, bool] = {}

    def of(self, pass_list: bytes) -> tuple[bytes, ...]:
        """The items of a list, none for the empty one."""
        items = split(pass_list)
        if not LOOKS_BACK.isdisjoint(items):
            last = max(at for at, item in enumerate(items) if item in LOOKS_BACK) + 1
            items = (b",".join(items[:last]), *items[last:])
        if items and not (self._opens(items[0]) and self._refused.isdisjoint(items)):
            return alone(pass_list)
        return items

    def refuse(self, item: bytes) -> None:
        """LLVM rejected the item: lists that hold it are to stay whole."""
        self._refused.add(item)

    def try_out(self, items: tuple[bytes, ...]) -> None:
        """Raise Rejected if LLVM does not take one of the items."""
        for item in items:
            if item not in self._taken:
                refusal = self._refusal(text_of(item))
                if refusal is not None:
                    raise Rejected(refusal)
                self._taken.add(item)

    def _opens(self, item: bytes) -> bool:
        """Whether a list that begins with `item` is one for modules.

        After a first item of another level LLVM takes the whole list as one of that level.
        """
        if item.startswith(_MODULE_LEVEL):
            return True
        opens = self._opening.get(item)
        if opens is None:
            opens = self._opening[item] = self._refusal(item + _FOR_MODULES_ONLY) is None
        return opens

    def _refusal(self, text: bytes) -> str | None:
        """Why LLVM does not take `text`, or None."""
        empty = self._library.empty(self._context)
        error = self._library.run(empty, text, self._machine, self._library.options)
        self._library.dispose(empty)
        return self._library.message_of(error) if error else None


def alone(pass_list: bytes) -> tuple[bytes, ...]:
    """A list as one item; the empty list has none."""
    return (_WHOLE + pass_list,) if pass_list else ()


def text_of(item: bytes) -> bytes:
    """What LLVM is given to run an item."""
    if item.startswith(_WHOLE):
        return item[len(_WHOLE) :]
    return item if item.startswith(_MODULE_LEVEL) else b"module(" + item + b")"


def split(pass_list: bytes) -> tuple[bytes, ...]:
    """The top-level items of a list; a text that is none comes out in pieces that LLVM rejects."""
    parts = pass_list.split(b",") if pass_list else []
    if all(part.count(b"(") == part.count(b")") for part in parts):
        return tuple(parts)
    items: list[bytes] = []
    depth = 0
    for part in parts:
        if depth > 0:
            items[-1] += b"," + part
        else:
            items.append(part)
        depth += part.count(b"(") - part.count(b")")
    return tuple(items)
