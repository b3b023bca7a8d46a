"""The card of an export: what it is, where its code comes from, its licences, how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse import schema
from warehouse.answer import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from warehouse.snapshot import Snapshot

_SHOWN_PROGRAMS = 30

SPLITS = {"train": "train", "valid": "validation", "test": "test"}
"""Our names of splits, and those that users of Hugging Face expect."""

_READ = {
    "parquet": """\
DuckDB, pandas and polars read the folders as they are:

    duckdb.sql("FROM 'best/*.parquet'")
    pandas.read_parquet("best")
    polars.read_parquet("best/*.parquet")
""",
    "duckdb": """\
Any DuckDB from 1.2 on opens the file: tables, `best` and `candidates` as views over them, and the
named queries as views of the schema `queries`:

    duckdb.connect("NAME.duckdb", read_only=True).sql("FROM queries.leaderboard")
""",
    "huggingface": """\
Two configurations: `best`, a row for each function and the best list that is known for it, and
`evaluations`, every list that was tried:

    datasets.load_dataset("FOLDER", "best", split="train")
""",
}


@dataclass(frozen=True)
class Card:
    """What an export holds: counts of functions by program, licence, split, language and origin."""

    record: Snapshot
    functions: int
    instructions: int
    programs: Mapping[str, Mapping[str, Any]]
    licences: Mapping[str, int]
    splits: Mapping[str, int]
    languages: Mapping[str, int]
    origins: Mapping[str, int]
    toolchains: Sequence[str]

    def text(self, layout: str) -> str:
        """The card as Markdown; for `huggingface` with the front matter that is read there."""
        head = self._front_matter() if layout == "huggingface" else ""
        record = self.record
        left_out = (
            f"{record.left_out} training functions are left out since held-out programs have the"
            f" like ({record.left_out_rule}). "
            if record.left_out
            else ""
        )
        return f"""{head}# {record.name}

Functions in LLVM IR, and the lists of `opt` passes that make them smallest: snapshot
`{record.name}`, made by Passlake {record.created_by} on {record.created_at}.

{self.functions} functions of {len(self.programs)} programs, {self.instructions} instructions before
any pass. {left_out}The split of a program is a hash of its name.

| | |
|---|---|
| split | {_counts(self.splits)} |
| language | {_counts(self.languages)} |
| origin | {_counts(self.origins)} |
| toolchain | {", ".join(self.toolchains) or "none"} |

## Reading it

{_READ[layout]}
`MANIFEST.json` names every file with its rows and SHA-256; `sha256sum -c SHA256SUMS` checks them.

## What the labels are

`pass_list` is the text for `opt -passes=`; counts after it are those of the real `opt`. `oz` is
`default<Oz>` on functions marked `minsize optsize`, `oz_plain` without these marks. Improvement is
sum(oz) / sum(list) - 1, pooled over functions. `gate` says what is known of the list's correctness:
`agreed` and `inconclusive` are verdicts on executions, no proofs.

## Licences

The code is that of its authors, under the licence in each row's `license`; LICENSES.md counts them.

## Programs

{self._programs()}
## Columns

{_columns(layout)}"""

    def licences_text(self) -> str:
        """The licences, with how many functions are under each, as Markdown."""
        rows = "".join(f"| {name} | {count} |\n" for name, count in self.licences.items())
        return f"""# Licences

Every function keeps the licence of the program that it was taken from, as an SPDX expression in its
row's `license`; `NOASSERTION` where none was found. Notices are in the programs' own sources.

| licence | functions |
|---|---|
{rows}"""

    def _programs(self) -> str:
        shown = list(self.programs.items())[:_SHOWN_PROGRAMS]
        rows = "".join(
            f"| {_cell(name)} | {one['functions']} | {one['split']} | {_cell(one['licences'])} |\n"
            for name, one in shown
        )
        more = len(self.programs) - len(shown)
        rest = f"\nand {more} more.\n" if more else ""
        return f"| program | functions | split | licences |\n|---|---|---|---|\n{rows}{rest}"

    def _front_matter(self) -> str:
        configurations = "".join(
            f"- config_name: {name}\n{default}  data_files:\n"
            + "".join(
                f"  - split: {SPLITS[split]}\n    path: {name}/{SPLITS[split]}/*.parquet\n"
                for split in self.splits
            )
            for name, default in (("best", "  default: true\n"), ("evaluations", ""))
        )
        only = next(iter(self.licences)).lower() if len(self.licences) == 1 else "other"
        link = "license_name: several\nlicense_link: LICENSES.md\n" if only == "other" else ""
        return f"""---
pretty_name: {self.record.name}
license: {only}
{link}tags:
- code
- llvm
- compilers
- code-size
size_categories:
- {_size(self.functions)}
configs:
{configurations}---

"""


def facts(connection: duckdb.DuckDBPyConnection, functions: str, record: Snapshot) -> Card:
    """The card of what `functions`, a FROM clause, has in a connection."""

    def counts(column: str) -> dict[str, int]:
        text = f"SELECT {column} AS k, count(*) AS n {functions} GROUP BY ALL ORDER BY n DESC, k"
        return {row["k"]: row["n"] for row in fetch(connection, text).to_pylist()}

    programs = fetch(
        connection,
        f"""SELECT program, count(*) AS functions, any_value(split) AS split,
                   string_agg(DISTINCT license, ', ' ORDER BY license) AS licences
            {functions} GROUP BY program ORDER BY functions DESC, program""",
    ).to_pylist()
    total = fetch(
        connection, f"SELECT count(*) AS n, coalesce(sum(instructions), 0) AS i {functions}"
    )
    splits = counts("split")
    toolchains = fetch(connection, "SELECT DISTINCT toolchain AS t FROM winners ORDER BY t")
    return Card(
        record=record,
        functions=total.column("n")[0].as_py(),
        instructions=int(total.column("i")[0].as_py()),
        programs={row["program"]: row for row in programs},
        licences=counts("license"),
        splits={split: splits[split] for split in SPLITS if split in splits},
        languages=counts("language"),
        origins=counts("origin"),
        toolchains=toolchains.column("t").to_pylist(),
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{_cell(name)} {count}" for name, count in counts.items()) or "none"


def _cell(text: str) -> str:
    """A text of the lake's, which may hold anything, in a table's cell."""
    return " ".join(text.replace("|", "/").split())


def _columns(layout: str) -> str:
    shown = {"huggingface": ("functions", "best", "evaluations")}.get(layout)
    rows = "".join(
        f"| {row['table']} | {row['column']} | {row['type']} | {row['unit']} | {row['meaning']} |\n"
        for row in schema.describe()
        if shown is None or row["table"] in shown
    )
    return f"| table | column | type | unit | meaning |\n|---|---|---|---|---|\n{rows}"


def _size(rows: int) -> str:
    """The size category of Hugging Face."""
    bounds = (("n<1K", 10**3), ("1K<n<10K", 10**4), ("10K<n<100K", 10**5), ("100K<n<1M", 10**6))
    return next((name for name, bound in bounds if rows < bound), "1M<n<10M")
