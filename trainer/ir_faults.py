"""Why IR that a model wrote does not compile, in the classes that published work counts.

The classes are those of "Large Language Models for Compiler Optimization" (arXiv 2309.07062), told
by the messages of LLVM 22's reader (llvm/lib/AsmParser/LLParser.cpp) and verifier.
"""

from __future__ import annotations

import re
from typing import Final

from corpus.errors import BadModule
from corpus.llvm.sandbox.supervisor import ModuleLost, Session

NO_FUNCTION: Final = "no function"
CRASH: Final = "crash"
OTHER: Final = "other"

_CLASSES: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("syntax", r"error: (?:expected|unterminated|found end of file|invalid token)"),
        ("undefined function", r"undefined value '@"),
        ("forward reference", r"forward referenced|does not dominate all uses"),
        ("undefined value", r"undefined (?:value|type|metadata|comdat)"),
        ("redefinition", r"redefinition|multiple definition"),
        ("index", r"expected to be numbered|invalid (?:\w+ )?ind(?:ex|ices)"),
        ("invalid constant", r"constant|bitwidth for integer"),
        ("type error", r"\btypes?\b|cast|must be|operands?\b|(?:argument|parameter)s?\b"),
        ("verifier", r"the verifier says"),
    )
)
"""In this order: a message that fits several is of the first."""

FAULTS: Final = (*(name for name, _ in _CLASSES), NO_FUNCTION, CRASH, OTHER)


def fault_of(session: Session, text: str) -> str | None:
    """The class of what is wrong with a text; None where LLVM reads it and it defines something.

    Raises MachineFault; leaves another module loaded in the session.
    """
    try:
        loaded = session.load(text.encode(errors="surrogateescape"))
    except BadModule as error:
        return class_of(str(error))
    except ModuleLost:
        return CRASH
    return None if loaded.definitions else NO_FUNCTION


def class_of(message: str) -> str:
    """The class of a message of LLVM's."""
    return next((name for name, pattern in _CLASSES if pattern.search(message)), OTHER)
