"""What a statement may be: one, and one that reads. And what to say when it is not."""

from __future__ import annotations

import re

import duckdb

from warehouse.errors import SqlError

_EXPLAIN = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*EXPLAIN(?:\s+ANALYZE\b|\s*\(\s*(?:ANALYZE|FORMAT)[^)]*\))*",
    re.IGNORECASE | re.DOTALL,
)
_READS = "SELECT, WITH … SELECT, FROM, VALUES, SHOW, DESCRIBE, SUMMARIZE and EXPLAIN of these"
_HINT = "`passlake sql --schema` lists the tables and columns"


def check(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """Let through one statement that reads; it is bound to the connection's views, not run.

    A statement that DuckDB calls a SELECT can still write: `WITH a AS (COPY … TO …)`, or
    `EXPLAIN ANALYZE COPY …`. DuckDB forbids the first anywhere but at the top, so the statement is
    bound as a subquery; what an EXPLAIN explains has to pass the same test.

    Raises:
        SqlError: it is malformed, names what is not there, is none or several, or writes.
    """
    kind, plain = _single(connection, text)
    if kind == duckdb.StatementType.EXPLAIN:
        kind, plain = _single(connection, plain[_explain_length(plain) :])
    if kind == duckdb.StatementType.MULTI:
        raise SqlError("PIVOT has to say its values: PIVOT … ON column IN ('a', 'b') USING …")
    if kind != duckdb.StatementType.SELECT:
        raise _writes(kind.name)
    try:
        connection.execute(f"EXPLAIN FROM (\n{plain}\n)")
    except duckdb.BinderException as error:
        if "must be at the top level" in str(error):
            raise _writes("a WITH clause that writes") from error
        raise SqlError(explain(error)) from error
    except duckdb.Error as error:
        raise SqlError(explain(error)) from error


def _single(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[duckdb.StatementType, str]:
    """The statement's type and its text without a final semicolon."""
    try:
        statements = connection.extract_statements(text)
        kinds = [statement.type for statement in statements]
    except duckdb.Error as error:
        raise SqlError(explain(error)) from error
    except ValueError as error:  # a kind that has no name in Python, such as UPDATE EXTENSIONS
        raise _writes("this statement") from error
    if not statements:
        raise SqlError(f"there is no statement in {text!r}: give one, such as {_READS}")
    if len(statements) > 1:
        raise SqlError(f"{len(statements)} statements were given: give one at a time")
    return kinds[0], statements[0].query.rstrip().removesuffix(";")


def _explain_length(text: str) -> int:
    found = _EXPLAIN.match(text)
    assert found is not None, f"not an EXPLAIN: {text}"
    return found.end()


def _writes(what: str) -> SqlError:
    return SqlError(f"{what} is not allowed, a lake is only read here: use {_READS}")


def explain(error: Exception) -> str:
    """An error of DuckDB as one line, with a way out where the statement names or says it wrong."""
    wrong = isinstance(
        error, duckdb.ParserException | duckdb.CatalogException | duckdb.BinderException
    )
    return f"{one_line(error)} ({_HINT})" if wrong else one_line(error)


def one_line(error: Exception) -> str:
    """What DuckDB says, without its picture of the statement."""
    said = str(error).split("\nLINE ")[0]
    return " ".join(line.strip() for line in said.splitlines() if line.strip())
