"""Where results go: a person's terminal or one JSON document. Progress goes to standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

Document = Mapping[str, Any]
Row = Mapping[str, Any]


class Output(Protocol):
    """What a command shows once it is done."""

    def show(
        self,
        document: Document,
        *,
        lines: Sequence[str] = (),
        rows: Sequence[Row] = (),
        tables: Iterable[tuple[str, Sequence[Row]]] = (),
    ) -> None:
        """The result: as JSON, `document`; for a person, `rows` as a table and then `lines`.

        `tables` are several, each under a line of its own.
        """
        ...


class JsonOutput:
    """One JSON document on standard output."""

    def show(
        self,
        document: Document,
        *,
        lines: Sequence[str] = (),
        rows: Sequence[Row] = (),
        tables: Iterable[tuple[str, Sequence[Row]]] = (),
    ) -> None:
        """Write the document."""
        del lines, rows, tables
        json.dump(document, sys.stdout, default=str)
        sys.stdout.write("\n")


class ConsoleOutput:
    """A table and a few lines, as wide as the terminal."""

    def show(
        self,
        document: Document,
        *,
        lines: Sequence[str] = (),
        rows: Sequence[Row] = (),
        tables: Iterable[tuple[str, Sequence[Row]]] = (),
    ) -> None:
        """Write rows, then further tables, then lines."""
        del document
        if rows:
            print_table(rows)
        for about, some in tables:
            sys.stdout.write(about + "\n")
            print_table(some)
        for line in lines:
            sys.stdout.write(line + "\n")


def output(*, as_json: bool) -> Output:
    """The output that `--json` chooses."""
    return JsonOutput() if as_json else ConsoleOutput()


def print_table(rows: Sequence[Row]) -> None:
    """Rows of equal keys as a table; a pipe gets it as wide as its longest row."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in rows[0]:
        numeric = isinstance(rows[0][name], int | float)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*[_cell(value) for value in row.values()])
    width = None if sys.stdout.isatty() else 10_000
    Console(file=sys.stdout, width=width, soft_wrap=False, markup=False, highlight=False).print(
        table
    )


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
