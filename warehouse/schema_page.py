"""SCHEMA.md: every table, column and named query on one page, made from where they are defined.

    python -m warehouse.schema_page

A test fails when the page is not what this makes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import named_queries, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_name("SCHEMA.md")

_HEAD = f"""\
# Tables and queries

Schema version {schema.SCHEMA_VERSION}. This page is made by `python -m warehouse.schema_page` from
`tables.tsv` and `queries/`, as are `passlake sql --schema` and `passlake sql --queries`.

The tables are what SQL users see: views over what is stored, with pass names joined in. What is
stored is in the schema `raw`, under the same names. A type with a question mark may be null. A
column that came with a later schema is null in older rows.

How to read them without Passlake is in [READING.md](READING.md).
"""


def page() -> str:
    """The page's text."""
    return "\n".join([_HEAD, *_tables(), *_queries()])


def _tables() -> Iterator[str]:
    rows = schema.describe()
    for name in sorted({row["table"] for row in rows}):
        sections = [one for one in (schema.VIEWS.get(name), schema.TABLES.get(name)) if one]
        yield f"## {name}\n\nOne row is {sections[-1].row}.\n"
        yield "| column | type | unit | meaning | source |\n|---|---|---|---|---|"
        for row in rows:
            if row["table"] == name:
                optional = "?" if row["nullable"] == "yes" else ""
                cells = (
                    f"`{row['column']}`",
                    f"{row['type']}{optional}",
                    row["unit"],
                    row["meaning"].replace("|", "\\|"),
                    row["source"],
                )
                yield f"| {' | '.join(cells)} |"
        yield ""


def _queries() -> Iterator[str]:
    yield "# Named queries\n\n`passlake sql --query NAME` runs one; the text is in `queries/`.\n"
    for query in named_queries.all_().values():
        yield f"## {query.name}\n\n{query.answers}\n\n| column | |\n|---|---|"
        for column, meaning in query.columns.items():
            yield f"| `{column}` | {meaning.replace('|', chr(92) + '|')} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
