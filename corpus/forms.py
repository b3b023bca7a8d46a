"""What becomes of a module's entities when one function is taken out: the forms they appear in.

A constant whose value the compiler may rely on keeps its initialiser. A mutable variable or another
function becomes a declaration; it was in the same object, so a local one is `dso_local` from then
on and is reached as directly as before.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from corpus.errors import BadModule
from corpus.module_text import TOKEN, Entity, Kind, balanced_end, references, type_end

_LOCAL = frozenset({"private", "internal"})
_INTERPOSABLE = frozenset({"weak", "linkonce", "common", "extern_weak", "external", "appending"})
_LINKAGES = _LOCAL | _INTERPOSABLE | {"weak_odr", "linkonce_odr", "available_externally"}
_VISIBILITIES = frozenset({"default", "hidden", "protected"})
_PREEMPTION = frozenset({"dso_local", "dso_preemptable"})
_STORAGE = frozenset({"dllimport", "dllexport"})

_QUALIFIER = re.compile(r"([a-z_]+) ")
_KEYWORD = re.compile(r"\b(global|constant|alias|ifunc) ")
_KEPT_AFTER_VALUE = re.compile(r', (?:section "[^"]*"|align \d+)')
_MARK = re.compile(r'"[^"]*"|[()\[\]{}<>,]')
_AFTER_DEFINITION = re.compile(
    r"(?P<kept>(?: (?:local_)?unnamed_addr)?(?: addrspace\(\d+\))?(?: #\d+)*)"
    r'(?: section "[^"]*")?(?: partition "[^"]*")?'
    r'(?: comdat(?:\(\$(?:"[^"]*"|[-a-zA-Z$._0-9]+)\))?)?'
    r"(?P<align>(?: align \d+)?)(?P<rest>.*)"
)
_ATTACHMENTS = re.compile(r"^((?:![-\w.\\]+ !\d+ )*)", re.ASCII)
_FOREIGN_LABEL = re.compile(r'blockaddress\((@(?:"[^"]*"|[-a-zA-Z$._0-9]+)),')


class Place(IntEnum):
    """Where the form of an entity stands in an extracted module, in this order."""

    TYPES = 0
    GLOBALS = 1
    DECLARATIONS = 2
    ATTRIBUTES = 3
    METADATA = 4


_PLACES = {
    Kind.TYPE: Place.TYPES,
    Kind.ATTRIBUTES: Place.ATTRIBUTES,
    Kind.METADATA: Place.METADATA,
}


@dataclass(frozen=True, slots=True)
class Form:
    """The text of an entity beside an extracted function, and what that text refers to in turn.

    `private`: its name never reaches the object. `labels_of`: functions whose basic blocks it takes
    the address of, which only the module that holds their bodies can do.
    """

    text: str
    place: Place
    references: tuple[str, ...]
    private: bool
    labels_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Qualifiers:
    """What stands before the type in the header of a global or a function."""

    linkage: str
    dso_local: bool
    visibility: str

    @property
    def local(self) -> bool:
        return self.linkage in _LOCAL

    def text(self, linkage: str) -> str:
        """The qualifiers with another linkage: local symbols stay within reach of the object."""
        words = [linkage]
        if self.dso_local or self.local:
            words.append("dso_local")
        if self.visibility != "default":
            words.append(self.visibility)
        return "".join(f"{word} " for word in words if word)


def form_of(entity: Entity, entities: dict[str, Entity]) -> Form:
    """The form of any entity but the extracted function itself. Raises BadModule."""
    private = False
    text = entity.text
    if entity.kind is Kind.GLOBAL:
        text, private = _variable(entity)
    elif entity.kind in {Kind.ALIAS, Kind.IFUNC}:
        text = _alias(entity, entities)
    elif entity.kind in {Kind.DEFINITION, Kind.DECLARATION}:
        text = _function(entity)
    place = _PLACES.get(entity.kind)
    if place is None:
        place = Place.DECLARATIONS if text.startswith("declare ") else Place.GLOBALS
    return Form(text, place, references(text), private, labels_of(text))


def labels_of(text: str) -> frozenset[str]:
    """The functions whose labels `text` takes the address of."""
    return frozenset(_FOREIGN_LABEL.findall(text)) if "blockaddress" in text else frozenset()


def extracted(entity: Entity) -> str:
    """The definition as it stands in a module of its own: external, in no section or comdat."""
    qualifiers, start = _qualifiers(entity.text, len("define "))
    header_end = entity.text.index("\n")
    header, body = entity.text[start : header_end - len(" {")], entity.text[header_end:]
    parameters_end = _parameters_end(header, entity.name)
    after = _AFTER_DEFINITION.match(header, parameters_end)
    assert after is not None, header
    reach = "dso_local " if _reaches_directly(qualifiers) else ""
    tail = "".join(after.group("kept", "align", "rest"))
    return f"define {reach}{header[:parameters_end]}{tail} {{{body}"


def _reaches_directly(qualifiers: _Qualifiers) -> bool:
    return qualifiers.dso_local or qualifiers.local or qualifiers.visibility != "default"


def _qualifiers(text: str, start: int) -> tuple[_Qualifiers, int]:
    linkage, dso_local, visibility = "", False, "default"
    while (word := _QUALIFIER.match(text, start)) is not None:
        if word.group(1) in _LINKAGES:
            linkage = word.group(1)
        elif word.group(1) in _PREEMPTION:
            dso_local = word.group(1) == "dso_local"
        elif word.group(1) in _VISIBILITIES:
            visibility = word.group(1)
        elif word.group(1) not in _STORAGE:
            break
        start = word.end()
    return _Qualifiers(linkage, dso_local, visibility), start


def _variable(entity: Entity) -> tuple[str, bool]:
    """A global variable: constants that are what they say keep their value; the rest is declared.

    A constant that other objects see too is `available_externally`: passes read its value, and no
    data is emitted for it.
    """
    qualifiers, start = _qualifiers(entity.text, len(entity.name) + len(" = "))
    keyword = _keyword(entity, start)
    between = entity.text[start : keyword.start()]
    value_start = type_end(entity.text, keyword.end())
    value_end = _value_end(entity.text, value_start)
    head = entity.text[start:value_start]
    tail = "".join(_KEPT_AFTER_VALUE.findall(entity.text, value_end))
    keeps_value = (
        value_end > value_start
        and keyword.group(1) == "constant"
        and qualifiers.linkage not in _INTERPOSABLE
        and "thread_local" not in between
        and "externally_initialized" not in between
    )
    if not keeps_value:
        linkage = "extern_weak" if qualifiers.linkage == "extern_weak" else "external"
        return f"{entity.name} = {qualifiers.text(linkage)}{head}{tail}", False
    value = entity.text[value_start:value_end]
    if qualifiers.local:
        private = qualifiers.linkage == "private"
        return f"{entity.name} = {qualifiers.linkage} {head}{value}{tail}", private
    return f"{entity.name} = {qualifiers.text('available_externally')}{head}{value}{tail}", False


def _keyword(entity: Entity, start: int) -> re.Match[str]:
    keyword = _KEYWORD.search(entity.text, start)
    if keyword is None:
        raise BadModule(f"not a global as LLVM prints it: {entity.text[:80]}")
    return keyword


def _value_end(text: str, start: int) -> int:
    """The position of the comma after an initialiser that begins at `start`, or the text's end."""
    depth = 0
    for mark in _MARK.finditer(text, start):
        if mark.group() in "([{<":
            depth += 1
        elif mark.group() in ")]}>":
            depth -= 1
        elif mark.group() == "," and depth == 0:
            return mark.start()
    return len(text)


def _function(entity: Entity) -> str:
    """A function as its callers see it: a declaration with its attributes."""
    defined = entity.kind is Kind.DEFINITION
    header = header_of(entity).removesuffix(" {")
    start = len("define ") if defined else len("declare ")
    if not defined:
        attachments = _ATTACHMENTS.match(header[start:])
        start += attachments.end() if attachments else 0
    qualifiers, start = _qualifiers(header, start)
    parameters_end = _parameters_end(header, entity.name)
    after = _AFTER_DEFINITION.match(header, parameters_end)
    assert after is not None, header
    linkage = "extern_weak" if qualifiers.linkage == "extern_weak" else ""
    tail = "".join(after.group("kept", "align"))
    return f"declare {qualifiers.text(linkage)}{header[start:parameters_end]}{tail}"


def header_of(entity: Entity) -> str:
    """The first line of a declaration or definition."""
    end = entity.text.find("\n")
    return entity.text if end < 0 else entity.text[:end]


def _parameters_end(header: str, name: str) -> int:
    for token in TOKEN.finditer(header):
        if token.group() == name:
            return balanced_end(header, token.end())
    raise BadModule(f"not a function as LLVM prints it: {header[:80]}")


def _alias(entity: Entity, entities: dict[str, Entity]) -> str:
    """An alias or ifunc as a declaration of what it stands for."""
    qualifiers, start = _qualifiers(entity.text, len(entity.name) + len(" = "))
    keyword = _keyword(entity, start)
    value_type = entity.text[keyword.end() : type_end(entity.text, keyword.end())]
    result, parenthesis, parameters = value_type.rpartition(" (")
    if not parenthesis:
        between = entity.text[start : keyword.start()]
        return f"{entity.name} = {qualifiers.text('external')}{between}global {value_type}"
    target = _aliased_function(entity, entities)
    if target is None:
        return f"declare {qualifiers.text('')}{result} {entity.name}({parameters}"
    declared = _function(target)
    _, signature = _qualifiers(declared, len("declare "))
    renamed = declared[signature:].replace(f"{target.name}(", f"{entity.name}(", 1)
    return f"declare {qualifiers.text('')}{renamed}"


def _aliased_function(entity: Entity, entities: dict[str, Entity]) -> Entity | None:
    """The function at the end of a chain of aliases: calls must agree with its convention."""
    seen = {entity.name}
    while entity.kind is Kind.ALIAS:
        last = entity.text.rsplit(", ptr ", 1)[-1].split(", ", 1)[0]
        if last not in entities or last in seen:
            return None
        seen.add(last)
        entity = entities[last]
    return entity if entity.kind in {Kind.DEFINITION, Kind.DECLARATION} else None
