"""The named queries: files of `queries/`, each with what it answers and its columns on top.

    -- One sentence: what the query answers.
    --
    -- Prose, where something has to be said about how.
    --
    -- column   what it holds
    -- another  what it holds
    SELECT …

They read what SQL users see and the table `selection(function_id)`. `selected(function_id)` is
whether a function is in it, for rows of searches: by default it has all that were searched.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.errors import SqlError

_FOLDER = Path(__file__).parent / "queries"
_COLUMN = re.compile(r"([a-z][a-z0-9_]*)  +(\S.*)")


@dataclass(frozen=True)
class NamedQuery:
    """A query: what it `answers` in one sentence, its `columns` with their meanings, its text."""

    name: str
    answers: str
    columns: dict[str, str]
    text: str


@cache
def all_() -> dict[str, NamedQuery]:
    """Every named query, by name."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.sql"))}


def text(name: str) -> str:
    """The statement of a named query.

    Raises:
        SqlError: there is no query of this name.
    """
    if name not in all_():
        raise SqlError(f"no query is called {name}; there is: {', '.join(all_())}")
    return all_()[name].text


def _read(path: Path) -> NamedQuery:
    content = path.read_text(encoding="utf-8")
    head = itertools.takewhile(lambda line: line.startswith("--"), content.splitlines())
    lines = [line.removeprefix("--").removeprefix(" ") for line in head]
    columns: dict[str, str] = {}
    for line in lines[1:]:
        found = _COLUMN.fullmatch(line)
        if found is not None:
            columns[found[1]] = found[2]
        elif columns and line.startswith("  "):  # a meaning goes on
            columns[list(columns)[-1]] += f" {line.strip()}"
    return NamedQuery(path.stem, lines[0], columns, content)
