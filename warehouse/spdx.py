"""Whether code under an SPDX expression may be given away under a set of licences.

The grammar is that of the SPDX specification, annex "SPDX license expressions": OR gives a choice,
AND asks for both, WITH adds an exception to a licence, parentheses group, `+` allows later
versions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warehouse.errors import BadLicense

if TYPE_CHECKING:
    from collections.abc import Collection

PERMISSIVE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "FTL",
        "ICU",
        "IJG",
        "ISC",
        "MIT",
        "MIT-0",
        "NCSA",
        "PostgreSQL",
        "Python-2.0",
        "Unlicense",
        "WTFPL",
        "X11",
        "Zlib",
        "blessing",
        "bzip2-1.0.6",
        "curl",
        "libpng-2.0",
        "libtiff",
    }
)
"""What `permissive` stands for: licences that ask for their notice at most."""

_WORDS = re.compile(r"\(|\)|[A-Za-z0-9.:+-]+")


def wanted(names: Collection[str]) -> frozenset[str]:
    """The licences that a user names, `permissive` among them.

    Raises:
        BadLicense: one is no licence's name.
    """
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9.:+-]+( WITH [A-Za-z0-9.-]+)?", name):
            raise BadLicense(
                f"--license {name!r}: give the SPDX name of one licence, such as MIT, or "
                "permissive; the option may be repeated"
            )
    plain = {name for name in names if name != "permissive"}
    return frozenset(plain | (PERMISSIVE if "permissive" in names else set()))


def allows(expression: str, licences: Collection[str]) -> bool:
    """Whether these licences satisfy an expression; one that is malformed is satisfied by none.

    Letters may be large or small. A licence with an exception is satisfied by the licence alone,
    since an exception only permits more.
    """
    if _WORDS.sub("", expression).strip():
        return False
    words = _WORDS.findall(expression)
    reader = _Reader(words, {name.lower() for name in licences})
    try:
        satisfied = reader.either()
    except IndexError:
        return False
    return satisfied and not reader.words


class _Reader:
    def __init__(self, words: list[str], licences: set[str]) -> None:
        self.words = words
        self._licences = licences

    def either(self) -> bool:
        satisfied = self._both()
        while self._next_is("or"):
            # Both sides are read, whatever the first one says.
            satisfied = self._both() or satisfied
        return satisfied

    def _both(self) -> bool:
        satisfied = self._one()
        while self._next_is("and"):
            satisfied = self._one() and satisfied
        return satisfied

    def _one(self) -> bool:
        word = self.words.pop(0).lower()
        if word == "(":
            satisfied = self.either()
            return self.words.pop(0) == ")" and satisfied
        names = {word, word.removesuffix("+")}
        if self._next_is("with"):
            names.add(f"{word} with {self.words.pop(0).lower()}")
        return bool(names & self._licences)

    def _next_is(self, word: str) -> bool:
        found = bool(self.words) and self.words[0].lower() == word
        if found:
            self.words.pop(0)
        return found
