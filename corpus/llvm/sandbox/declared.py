"""How a module's text declares functions: types, attributes, conventions.

LLVM's C API tells neither ranges nor memory effects, and a printed line tells all. Lines are read
as LLVM 22 prints them (LangRef, "Functions" and "Parameter Attributes").
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Attributes = Mapping[str, str]
"""Attribute → what is in its brackets or after its name; empty for a plain one."""

_OPEN, _CLOSE = "([{<", ")]}>"
_GROUP = re.compile(r"^attributes (#\d+) = \{ (.*) \}$", re.MULTILINE)
_SYMBOL = r'@(?:"[^"]*"|[-a-zA-Z$._0-9]+)'
_LINE = re.compile(rf"^(?:declare|define)[^@\n]*?\s({_SYMBOL})\(.*$", re.MULTILINE)
_DIRECT_CALL = re.compile(
    rf"\b(?:call|invoke)\b[^@\n]*?\s({_SYMBOL})\([^\n]*?\)([^()\n]*)$", re.MULTILINE
)
_PLAIN = re.compile(r"^([a-z_0-9]+)(?:\((.*)\))?$", re.DOTALL)
_BEFORE_RESULT = frozenset((
    "declare", "define", "private", "internal", "available_externally", "linkonce", "weak",
    "common", "appending", "extern_weak", "linkonce_odr", "weak_odr", "external",
    "dllimport", "dllexport", "default", "hidden", "protected", "dso_local",
    "dso_preemptable", "local_unnamed_addr", "unnamed_addr",
))  # fmt: skip
_CONVENTION = re.compile(r"^(?:[a-z0-9_]*cc|cc|x86_.*call|.*_kernel)$")
_ABI = ("zeroext", "signext", "inreg", "byval", "sret", "align", "nest", "noext")


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter or a result: its type's text and its attributes."""

    type: str
    attributes: Attributes = field(default_factory=dict)

    @property
    def abi(self) -> str:
        """Type and those attributes that decide how it is passed, as a parameter has them."""
        return " ".join([self.type, *self._passing()])

    @property
    def result_abi(self) -> str:
        """The same as a result has them."""
        return " ".join([*self._passing(), self.type])

    def _passing(self) -> list[str]:
        parts = []
        for name in _ABI:
            value = self.attributes.get(name)
            if value is None or (name == "align" and "byval" not in self.attributes):
                continue
            parts.append(
                f"align {value}" if name == "align" else f"{name}({value})" if value else name
            )
        return parts


@dataclass(frozen=True, slots=True)
class Declared:
    """One function as a line declares it; `symbol` as printed, with its `@` and quotes."""

    symbol: str
    convention: str
    result: Value
    parameters: tuple[Value, ...]
    varargs: bool
    attributes: Attributes

    @property
    def name(self) -> str:
        """The symbol as a linker knows it, where it needs no escapes."""
        return self.symbol[1:].strip('"')


def tokens(text: str) -> Iterator[str]:
    """`text` cut at spaces and commas outside of brackets and quotes; a comma is its own token."""
    depth, start, quoted = 0, 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth -= 1
        elif depth == 0 and letter in " ,":
            if at > start:
                yield text[start:at]
            if letter == ",":
                yield ","
            start = at + 1
    if len(text) > start:
        yield text[start:]


def read_attributes(parts: list[str]) -> dict[str, str]:
    """Attributes among tokens; what is none is left out."""
    found: dict[str, str] = {}
    words = iter(parts)
    for word in words:
        if word == "align":
            found[word] = next(words, "1")
        elif word.startswith('"'):
            key, _, value = word.partition("=")
            found[key.strip('"')] = value.strip('"')
        elif (plain := _PLAIN.match(word)) is not None:
            name, value = plain[1], plain[2] or ""
            found[name] = value
            if name == "align" and value:
                found["align"] = value
    return found


class Declarations:
    """Every function that a module's text declares or defines, by symbol."""

    def __init__(self, text: str) -> None:
        """Read the text of a module as LLVM prints it."""
        self._groups = {
            match[1]: read_attributes(list(tokens(match[2]))) for match in _GROUP.finditer(text)
        }
        self.functions: dict[str, Declared] = {}
        for match in _LINE.finditer(text):
            self.functions[match[1]] = self._line(match[0], match[1])
        self.call_sites: dict[str, dict[str, str]] = {}
        """What calls say beyond the declaration."""
        for match in _DIRECT_CALL.finditer(text):
            said = self._function_attributes(match[2].split())
            self.call_sites.setdefault(match[1], {}).update(said)

    def call(self, text: str) -> Declared:
        """The callee of an indirect call, as the call's own text says it."""
        head = re.search(r"\b(?:call|invoke)\s", text)
        assert head is not None
        rest = text[head.end() :]
        callee = re.search(r"(%[-a-zA-Z$._0-9]+|%\"[^\"]*\"|null|undef|poison)\(", _flat(rest))
        if callee is None:
            raise ValueError(text)
        at = callee.start()
        return self._signature(rest[:at], callee[1], rest[callee.end() - 1 :])

    def _line(self, line: str, symbol: str) -> Declared:
        at = line.index(symbol + "(")
        return self._signature(line[:at], symbol, line[at + len(symbol) :])

    def _signature(self, before: str, symbol: str, after: str) -> Declared:
        """`before`: up to the symbol; `after`: from the bracket that opens the parameters."""
        words = [word for word in tokens(before) if word not in _BEFORE_RESULT]
        convention = ""
        for at, word in enumerate(words):
            if _CONVENTION.match(word):
                convention = word if word != "cc" else f"cc {words[at + 1]}"
                words = words[at + (2 if word == "cc" else 1) :]
                break
        if "(" in words[-1] and words[-1].startswith("("):  # a call may spell the function's type
            words.pop()
        result = Value(words[-1], read_attributes(words[:-1]))
        end = _closing(after)
        parameters, varargs = [], False
        current: list[str] = []
        for word in [*tokens(after[1:end]), ","]:
            if word != ",":
                current.append(word)
                continue
            if current == ["..."]:
                varargs = True
            elif current:
                named = current[-1].startswith("%") and len(current) > 1
                said = current[1:-1] if named else current[1:]
                parameters.append(Value(current[0], read_attributes(said)))
            current = []
        attributes = self._function_attributes(list(tokens(after[end + 1 :])))
        return Declared(symbol, convention, result, tuple(parameters), varargs, attributes)

    def _function_attributes(self, words: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for word in words:
            if word.startswith("#"):
                found |= self._groups.get(word, {})
        plain = [word for word in words if not word.startswith(("#", "{", "!"))]
        return found | read_attributes(plain)


def _flat(text: str) -> str:
    """`text` with what is in brackets blanked, but for the brackets' own opening."""
    letters, depth = [], 0
    for letter in text:
        if letter in _CLOSE:
            depth -= 1
        letters.append(letter if depth <= 0 else " ")
        if letter in _OPEN:
            depth += 1
    return "".join(letters)


def _closing(text: str) -> int:
    """Where the bracket that begins `text` is closed."""
    depth, quoted = 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in "([{":
            depth += 1
        elif not quoted and letter in ")]}":
            depth -= 1
            if depth == 0:
                return at
    raise ValueError(text)
