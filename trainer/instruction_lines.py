"""Instructions of a function's text, counted by its lines: what a model can check of itself.

The ruler counts in LLVM (`corpus.llvm.ruler`); this counts what LLVM's printer puts on lines, so it
takes text that no LLVM reads, too. One instruction is one line, but for what the printer breaks
(`AssemblyWriter::printInstruction`, llvm/lib/IR/AsmWriter.cpp): the cases of a `switch`, the
clauses of a `landingpad`, and where an `invoke` goes on.
"""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = re.compile(r'(?:"[^"]*"|[-a-zA-Z$._0-9]+):')
_CASE: Final = re.compile(r"i\d+ -?\d+, label ")
_BROKEN: Final = ("to label ", "catch ", "filter ", "cleanup", "]")


def instruction_lines(text: str) -> int:
    """How many instructions the definitions of a text have."""
    count = 0
    inside = False
    for whole in text.split("\n"):
        line = whole.strip()
        if not inside:
            inside = line.startswith("define ")
        elif line == "}":
            inside = False
        elif line and not (
            line.startswith(_BROKEN) or _LABEL.match(line) or _CASE.match(line) or line[0] == ";"
        ):
            count += 1
    return count
