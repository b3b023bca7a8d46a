"""What the programs have shown before, on disk, for all workers of a user.

Two kinds of facts are kept, both of which hold for ever under the same gate and toolchain: whether
a program whose module reached a state prints what it should (thousands of lists leave the same
state), and what was found of a list. A cache that cannot be read or written costs time, nothing
else; one file holds the facts of one gate version and toolchain, and old files go.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from corpus.sources.cache import cache_folder

MOST_STATES: Final = 4000
"""States of one program that are kept, the latest: each travels with every run of it."""

MOST_LISTS: Final = 200_000
MOST_FILES: Final = 6

_SCHEMA = """
CREATE TABLE IF NOT EXISTS modules (program TEXT PRIMARY KEY, module BLOB, output BLOB);
CREATE TABLE IF NOT EXISTS states (
    program TEXT, state INTEGER, ending TEXT, PRIMARY KEY (program, state));
CREATE TABLE IF NOT EXISTS lists (pass_list TEXT PRIMARY KEY, found TEXT);
"""
_WAIT_S = 10.0


class GateCache:
    """Facts under one gate version and toolchain. Not for several threads."""

    def __init__(self, version: str, toolchain: str, folder: Path | None = None) -> None:
        """Open or make the file; `toolchain` is a fingerprint."""
        self._folder = folder or cache_folder("gate")
        self._path = self._folder / f"{version}-{toolchain}.sqlite"
        self._connection: sqlite3.Connection | None = None
        with suppress(OSError, sqlite3.Error):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
            self._trim_files()

    def modules(self) -> dict[str, tuple[bytes, bytes]]:
        """Of each program that is known: its module and what it prints unoptimised."""
        rows = self._read("SELECT program, module, output FROM modules")
        return {program: (module, output) for program, module, output in rows}

    def keep_modules(self, modules: Mapping[str, tuple[bytes, bytes]]) -> None:
        """Keep programs that were compiled and run."""
        rows = [(program, *both) for program, both in modules.items()]
        self._write("INSERT OR REPLACE INTO modules VALUES (?, ?, ?)", rows)

    def states(self) -> dict[str, dict[int, str]]:
        """Of each program: how it went in each state that is known; "" where all was right."""
        known: dict[str, dict[int, str]] = {}
        for program, state, ending in self._read(
            "SELECT program, state, ending FROM states ORDER BY rowid"
        ):
            known.setdefault(program, {})[state] = ending
        for states in known.values():
            for old in list(states)[:-MOST_STATES]:
                del states[old]
        return known

    def keep_states(self, found: Iterable[tuple[str, int, str]]) -> None:
        """Keep (program, state, how it went) for each."""
        self._write("INSERT OR IGNORE INTO states VALUES (?, ?, ?)", list(found))

    def found(self, pass_list: str) -> Any:  # noqa: ANN401 - JSON
        """What was kept of a list; None where nothing was."""
        rows = self._read("SELECT found FROM lists WHERE pass_list = ?", (pass_list,))
        with suppress(ValueError, TypeError):
            return json.loads(rows[0][0]) if rows else None
        return None

    def keep_found(self, pass_list: str, found: Any) -> None:  # noqa: ANN401 - JSON
        """Keep what was found of a list, and let the oldest go."""
        self._write("INSERT OR REPLACE INTO lists VALUES (?, ?)", [(pass_list, json.dumps(found))])
        self._write(
            "DELETE FROM lists WHERE rowid <= (SELECT max(rowid) FROM lists) - ?", [(MOST_LISTS,)]
        )

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_WAIT_S)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a lost fact is found again
            connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _trim_files(self) -> None:
        files = sorted(self._folder.glob("*.sqlite"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-MOST_FILES]:
            if path != self._path:
                for suffix in ("", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)

    def _read(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._guarded(lambda connection: connection.execute(statement, values).fetchall())

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        def write(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            with connection:
                connection.executemany(statement, rows)
            return []

        if rows:
            self._guarded(write)

    def _guarded(
        self, use: Callable[[sqlite3.Connection], list[tuple[Any, ...]]]
    ) -> list[tuple[Any, ...]]:
        """The result of `use`; a file that fails once is not used again."""
        if self._connection is None:
            return []
        try:
            return use(self._connection)
        except sqlite3.Error:
            self.close()
            return []
