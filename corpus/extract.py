"""One module per function: the definition, and of the rest what a compiler would look at.

The text of a module is indexed once; each function then gathers what it refers to, directly and
through constants, types and metadata. An entity's form is made once for all functions. What is
gathered for one function is bounded in bytes, so the work is linear in the file whatever it holds.

The result is canonical: what it holds is ordered by first reference, and the numbers that clang
and LLVM put behind private names and behind types (`@.str.7`, `%struct.anon.3`), and those of
attributes and metadata, count from the function, not from the file, so that the same code in
another file gives the same text.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.errors import BadModule
from corpus.forms import Form, Place, extracted, form_of, labels_of
from corpus.module_text import Entity, ModuleText, read_module, unquoted

EXTRACTOR = 2
"""Version of this module's results; a change of any extracted text raises it."""

MAX_CONTEXT_BYTES = 128 << 10
"""Of text beside the function's own: types, constants, declarations. A function that reads a table
of more than about 8,000 numbers is lost; every clone and object of it would carry the table."""

MAX_FUNCTION_BYTES = 1 << 20
"""Of a function's own text; about 20,000 instructions."""

SOURCE_FILENAME = 'source_filename = "passlake"'
"""The same in every extracted module, where clang writes the source's path."""

_SRCLOC = re.compile(r'"[^"]*"|, !srcloc !\d+')
_NUMBERED = re.compile(r'^([@%])("?)(.*?)(?:\.\d+)?("?)$', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Extracted:
    """One function in a module of its own, not yet verified; `symbol` is its plain name."""

    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class NotExtracted:
    """A function that cannot stand alone, and why."""

    symbol: str
    reason: str


def extract(module: str | ModuleText) -> Iterator[Extracted | NotExtracted]:
    """Every definition of `module`, which LLVM printed, in the order of its text.

    Raises BadModule when LLVM did not print it.
    """
    text = read_module(module) if isinstance(module, str) else module
    return map(_Extractor(text).extract, text.definitions())


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text cut at its tokens: what lies between them, and they, in turn."""

    cut: list[str]

    @classmethod
    def of(cls, text: str, token: re.Pattern[str]) -> "Pieces":
        """The pieces of a text by a pattern with one group, which is the token."""
        return cls(token.split(text))

    @property
    def tokens(self) -> dict[str, None]:
        """Each token once, in the order of first appearance."""
        return dict.fromkeys(self.cut[1::2])

    def renamed(self, names: dict[str, str]) -> str:
        """The text with other names."""
        cut = self.cut.copy()
        cut[1::2] = [names.get(token, token) for token in cut[1::2]]
        return "".join(cut)


class _TooMuch(Exception):
    """Ends the gathering for one function."""


class _Extractor:
    def __init__(self, module: ModuleText) -> None:
        self.module = module
        self._forms: dict[str, Form] = {}
        self._pieces: dict[str, Pieces] = {}
        self._token = module.top_level()
        self._flags = Pieces.of(module.module_flags, self._token)

    def extract(self, definition: Entity) -> Extracted | NotExtracted:
        symbol = unquoted(definition.name)
        if symbol.isdigit() and '"' not in definition.name:
            return NotExtracted(symbol, "a function without a name")
        if len(definition.text) > MAX_FUNCTION_BYTES:
            return NotExtracted(symbol, f"over {MAX_FUNCTION_BYTES >> 20} MiB of text")
        try:
            text = _without_source_locations(extracted(definition))
            own = Pieces.of(text, self._token)
            gathered = self._gather(definition.name, own)
        except _TooMuch:
            return NotExtracted(
                symbol, f"over {MAX_CONTEXT_BYTES >> 10} KiB of constants and declarations"
            )
        except BadModule as error:
            return NotExtracted(symbol, str(error))
        labels = labels_of(text).union(*(form.labels_of for form in gathered.values()))
        if labels - {definition.name}:
            return NotExtracted(symbol, "takes the address of a label in another function")
        return Extracted(symbol, self._assemble(own, gathered))

    def _gather(self, name: str, own: Pieces) -> dict[str, Form]:
        """What the function needs, breadth first from its text."""
        gathered: dict[str, Form] = {}
        pending = deque(own.tokens)
        pending.extend(self._flags.tokens)
        size = 0
        entities = self.module.entities
        while pending:
            reference = pending.popleft()
            # Most references are repeated, or name something inside the function.
            if reference in gathered or reference not in entities or reference == name:
                continue
            form = self._form(reference)
            gathered[reference] = form
            size += len(form.text)
            if size > MAX_CONTEXT_BYTES:
                raise _TooMuch
            pending.extend(form.references)
        return gathered

    def _form(self, name: str) -> Form:
        form = self._forms.get(name)
        if form is None:
            form = form_of(self.module.entities[name], self.module.entities)
            self._forms[name] = form
        return form

    def _assemble(self, own: Pieces, gathered: dict[str, Form]) -> str:
        names = _canonical_names(gathered)
        parts: tuple[list[str], ...] = tuple([] for _ in Place)
        for name, form in gathered.items():
            parts[form.place].append(self._pieces_of(name, form).renamed(names))
        lines = [
            SOURCE_FILENAME,
            self.module.preamble.datalayout,
            self.module.preamble.triple,
            *parts[Place.TYPES],
            *parts[Place.GLOBALS],
            own.renamed(names),
            *parts[Place.DECLARATIONS],
            *parts[Place.ATTRIBUTES],
            self._flags.renamed(names),
            *parts[Place.METADATA],
        ]
        return "\n".join(filter(None, lines)) + "\n"

    def _pieces_of(self, name: str, form: Form) -> Pieces:
        pieces = self._pieces.get(name)
        if pieces is None:
            pieces = self._pieces[name] = Pieces.of(form.text, self._token)
        return pieces


def _without_source_locations(text: str) -> str:
    """Inline assembly remembers where in its source it stood."""
    if "!srcloc" not in text:
        return text
    return _SRCLOC.sub(lambda part: part.group() if part.group()[0] == '"' else "", text)


def _canonical_names(gathered: dict[str, Form]) -> dict[str, str]:
    """New names for those that the numbering of a module made or ended: `#7`, `%struct.anon.2`."""
    renumbered = {
        name
        for name, form in gathered.items()
        if (name[0] == "%" or form.private) and not name[1:].isdigit()
    }
    taken = gathered.keys() - renumbered
    names: dict[str, str] = {}
    numbers = {"@": 0, "#": 0, "!": 0}
    for name in gathered:
        if name[0] in numbers and name[1:].isdigit():
            names[name] = f"{name[0]}{numbers[name[0]]}"
            numbers[name[0]] += 1
        elif name in renumbered:
            names[name] = _free_name(name, taken)
            taken.add(names[name])
    return {name: new for name, new in names.items() if name != new}


def _free_name(name: str, taken: set[str]) -> str:
    match = _NUMBERED.match(name)
    assert match is not None, name
    sigil, opening, base, closing = match.groups()
    candidate, number = f"{sigil}{opening}{base}{closing}", 0
    while candidate in taken:
        number += 1
        candidate = f"{sigil}{opening}{base}.{number}{closing}"
    return candidate
