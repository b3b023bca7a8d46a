"""What `opt --print-passes` prints: the sections and the names of the passes in them.

Sections end in "passes:" or "passes with params:" (or analyses); a name with parameters is printed
with all that it takes, as `early-cse<memssa>`, a name without may hold brackets, as `print<da>`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

_WITH_PARAMETERS: Final = " with params"
_TITLES: Final[Mapping[str, str]] = {
    "Module passes": "module",
    "CGSCC passes": "cgscc",
    "Function passes": "function",
    "LoopNest passes": "loopnest",
    "Loop passes": "loop",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """The sections of one listing."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]
    """(title without its colon, lines) in opt's order."""

    @classmethod
    def read(cls, opt_output: str) -> Self:
        """Read what opt printed; lines before the first title are ignored."""
        sections: list[tuple[str, list[str]]] = []
        for line in opt_output.splitlines():
            if line.endswith(":") and not line.startswith(" "):
                sections.append((line[:-1], []))
            elif line.strip() and sections:
                sections[-1][1].append(line.strip())
        return cls(tuple((title, tuple(lines)) for title, lines in sections))

    def passes(self) -> Iterator[tuple[str, str]]:
        """Yield (section of the pass space's file, name without parameters) of each IR pass."""
        for title, lines in self.sections:
            plain_title = title.removesuffix(_WITH_PARAMETERS)
            if plain_title not in _TITLES:
                continue
            for line in lines:
                name = line if plain_title == title else _without_parameters(line)
                yield _TITLES[plain_title], name

    def other_titles(self) -> Iterator[str]:
        """Yield the titles of the sections that hold no IR passes."""
        for title, _ in self.sections:
            if title.removesuffix(_WITH_PARAMETERS) not in _TITLES:
                yield title


def _without_parameters(line: str) -> str:
    """Cut the last balanced pair of brackets: `print<da><normalized-results>` is `print<da>`."""
    depth = 0
    for at in range(len(line) - 1, -1, -1):
        depth += {">": 1, "<": -1}.get(line[at], 0)
        if not depth:
            return line[:at]
    return line
