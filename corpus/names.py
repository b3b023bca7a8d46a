"""Canonical names: the same code under other names gives the same text.

Names are numbered in the order in which they appear. Extraction orders a module by first reference,
so what a name was has no part in where it stands.
"""

import re
from enum import Enum, auto

from corpus.module_text import TOKEN

WORD = r'(?:"[^"]*"|[-a-zA-Z$._0-9]+)'
"""A printed name without its sigil."""

_LABEL = re.compile(rf"^({WORD}):", re.MULTILINE)
_TYPE = re.compile(rf"^%({WORD}) = type ", re.MULTILINE)
_OUTSIDE = re.compile(
    rf"^declare .*?(?P<function>@{WORD})\("
    rf"|^(?P<variable>@{WORD}) = (?:external|extern_weak|available_externally) ",
    re.MULTILINE,
)
_ENTRY = re.compile(rf"^define .*\n(?!{WORD}:\n)", re.MULTILINE)
_PARAMETER = re.compile(r"[^(,{] %\d+(?=[,)])")
_NAME = re.compile(rf"(?P<label>^{WORD}:)|{TOKEN.pattern}", re.MULTILINE)


class Renamed(Enum):
    """Which names are replaced.

    OWN: those that only this module gives (values, labels, types, private constants, the function
    itself). What it refers to outside keeps its name: LLVM knows what `strlen` does. ALL: these,
    too; only intrinsics, which are instructions in all but form, keep theirs.
    """

    OWN = auto()
    ALL = auto()


def renamed(text: str, which: Renamed) -> str:
    """A normalised module's text with names by order: `%v0`, `b0`, `%t0`, `@g0`, `!0`."""
    text = _with_entry_label(text)
    labels = set(_LABEL.findall(text))
    types = set(_TYPE.findall(text))
    kept = _outside(text) if which is Renamed.OWN else frozenset()
    names: dict[str, str] = {}
    counts = dict.fromkeys(("b", "t", "v", "g", "!"), 0)

    def number(name: str, kind: str, form: str) -> str:
        if name not in names:
            names[name] = form.format(counts[kind])
            counts[kind] += 1
        return names[name]

    def new(token: re.Match[str]) -> str:
        word = token.group()
        if token["label"] is not None:
            return number("%" + word[:-1], "b", "%b{}")[1:] + ":"
        if word[0] == "%":
            kind = "b" if word[1:] in labels else "t" if word[1:] in types else "v"
            return number(word, kind, f"%{kind}{{}}")
        if word[0] == "@" and not word.startswith("@llvm.") and word not in kept:
            return number(word, "g", "@g{}")
        if word[0] == "!" and word[1:].isdigit():
            return number(word, "!", "!{}")
        return word

    return _NAME.sub(new, text)


def _with_entry_label(text: str) -> str:
    """An entry block without a label has the number after the last unnamed parameter."""
    return _ENTRY.sub(
        lambda header: f"{header[0]}{len(_PARAMETER.findall(header[0]))}:\n", text, count=1
    )


def _outside(text: str) -> frozenset[str]:
    return frozenset(one["function"] or one["variable"] for one in _OUTSIDE.finditer(text))
