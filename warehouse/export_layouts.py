"""The layouts of an export: how relations become files."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import named_queries, relations, schema
from warehouse.answer import stream
from warehouse.export_card import SPLITS

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.export_card import Card

LEFT_HERE = frozenset({"tasks", "selection"})
"""Of what SQL users see: the ledger tells of the machines that worked, not of functions."""

_ORDER = {
    "best": ("function_id", "objective", "toolchain"),
    "candidates": ("campaign_id", "function_id", "compilations", "pass_list"),
    "left_out": ("function_id",),
}
"""By what rows are put in order where there is no table with a key."""

_WIDE = frozenset({"functions", "best", "candidates", "winners"})
"""Relations with IR in them: fewer of their rows are held at once."""

_BATCH_ROWS = {True: 4096, False: 122_880}
_FILE_BYTES = 512 * 2**20
"""About where a Parquet file ends and the next one begins."""

_SAMPLES = """
    SELECT
        f.function_id, f.name, f.program, f.version, f.origin, f.language, f.license, f.triple,
        f.split, f.text, f.ir,
        f.instructions AS unoptimised_instructions, f.object_bytes AS unoptimised_object_bytes,
        b.* EXCLUDE (function_id)
    FROM best AS b INNER JOIN functions AS f ON f.function_id = b.function_id
"""
_STORAGE = "v1.2.0"
"""DuckDB's file format: what this DuckDB writes by default, those before it cannot open."""


@dataclass(frozen=True)
class ExportedFile:
    """A file of an export; `path` is relative to it, `rows` are null for text."""

    path: str
    relation: str
    rows: int | None
    bytes: int
    sha256: str


class Source:
    """What is exported: relations of a connection, narrowed to the selection or not."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, narrowed: bool) -> None:
        self.connection = connection
        self._narrowed = narrowed

    def only(self, relation: str, alias: str = "") -> str:
        """`FROM relation`, with the rows of exported functions or programs only."""
        columns = {row["column"] for row in schema.describe() if row["table"] == relation}
        if not self._narrowed or relation == "left_out":
            return f"FROM {relation} {alias}"
        if "function_id" in columns:
            # A null, as of a verdict on programs, is about no function and stays.
            kept = "function_id IS NULL OR function_id IN (FROM selection)"
        elif relation == "losses":
            kept = (
                "program IN (SELECT program FROM functions SEMI JOIN selection USING (function_id))"
            )
        else:
            return f"FROM {relation} {alias}"
        return f"FROM (SELECT * FROM {relation} WHERE {kept}) {alias}"  # noqa: S608  (our own names)

    def rows(self, relation: str) -> pa.RecordBatchReader:
        """The rows, in an order of their own."""
        known = schema.TABLES.get(relation)
        order = _ORDER.get(relation) or (known.key if known else ())
        text = f"SELECT * {self.only(relation)} ORDER BY {', '.join(order)}"
        return stream(self.connection, text, rows=_BATCH_ROWS[relation in _WIDE])


def _relations() -> list[str]:
    listed = dict.fromkeys(row["table"] for row in schema.describe())
    return [name for name in listed if name not in LEFT_HERE]


def parquet_folder(source: Source, folder: Path, card: Card) -> list[ExportedFile]:
    """A folder of Parquet files for each relation."""
    del card
    return [
        file
        for relation in _relations()
        for file in _write(source.rows(relation), folder, relation, relation)
    ]


def huggingface_folder(source: Source, folder: Path, card: Card) -> list[ExportedFile]:
    """Two configurations: `best`, a row per function and its list, and `evaluations`."""
    files: list[ExportedFile] = []
    for split in card.splits:
        own = SPLITS[split]
        samples = (
            f"SELECT * FROM ({_SAMPLES}) AS s WHERE s.split = {relations.quoted(split)} "  # noqa: S608  (quoted)
            f"AND s.function_id IN (SELECT function_id {source.only('functions')}) "
            "ORDER BY function_id, objective, toolchain"
        )
        reader = stream(source.connection, samples, rows=_BATCH_ROWS[True])
        files += _write(reader, folder, f"best/{own}", "best")
        evaluations = (
            f"SELECT e.* {source.only('evaluations', 'e')} WHERE function_id IN "  # noqa: S608  (quoted)
            f"(SELECT function_id FROM functions WHERE split = {relations.quoted(split)}) "
            "ORDER BY campaign_id, function_id, ordinal"
        )
        reader = stream(source.connection, evaluations, rows=_BATCH_ROWS[False])
        files += _write(reader, folder, f"evaluations/{own}", "evaluations")
    return files


def _write(
    rows: pa.RecordBatchReader, folder: Path, under: str, relation: str
) -> list[ExportedFile]:
    """Rows as Parquet files of a folder, `0000.parquet` and so on; at least one, empty or not."""
    (folder / under).mkdir(parents=True)
    files: list[ExportedFile] = []
    batch: pa.RecordBatch | None = next(rows, None)
    while batch is not None or not files:
        path = folder / under / f"{len(files):04}.parquet"
        count = 0
        with pq.ParquetWriter(path, rows.schema, compression="zstd") as writer:
            while batch is not None:
                writer.write_batch(batch)
                count += batch.num_rows
                batch = next(rows, None)
                if path.stat().st_size >= _FILE_BYTES:
                    break
        files.append(file_of(folder, path, relation, count))
    return files


def duckdb_file(source: Source, path: Path, card: Card) -> ExportedFile:
    """One file: tables, `best` and `candidates` as views over them, a view per named query."""
    with duckdb.connect(":memory:") as target:
        target.execute(
            f"ATTACH {relations.quoted(str(path))} AS out (STORAGE_VERSION '{_STORAGE}')"
        )
        target.execute("USE out")
        rows = 0
        for relation in _relations():
            if relation in relations.VIEWS_OVER_TABLES:
                continue
            reader = source.rows(relation)
            target.register("given", reader)
            target.execute(f"CREATE TABLE {relation} AS FROM given")
            target.unregister("given")
            rows += target.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]  # noqa: S608  (our own names)
        for view in relations.VIEWS_OVER_TABLES:
            target.execute(f"CREATE VIEW {view} AS {_over_tables(relations.view_text(view))}")
        target.execute(
            "CREATE VIEW selection AS SELECT DISTINCT function_id FROM winners"
            " UNION SELECT DISTINCT function_id FROM evaluations"
        )
        target.execute("CREATE SCHEMA queries")
        for query in named_queries.all_().values():
            text = _over_tables(query.text).rstrip().removesuffix(";")
            target.execute(f"CREATE VIEW queries.{query.name} AS {text}")
        target.execute("CREATE TABLE about (name VARCHAR, content VARCHAR)")
        about = {"README.md": card.text("duckdb"), "LICENSES.md": card.licences_text()}
        about["snapshot.json"] = json.dumps(card.record.document())
        target.executemany("INSERT INTO about VALUES (?, ?)", list(about.items()))
        target.execute("USE memory")
        target.execute("DETACH out")
    return file_of(path.parent, path, "", rows)


def _over_tables(text: str) -> str:
    """A view or query of ours, reading the file's tables in the place of a lake's.

    Of all functions, as no macro of a lake's connection is there.
    """
    return re.sub(r"\bselected\([\w.]+\)", "true", re.sub(r"\braw\.", "", text))


def file_of(folder: Path, path: Path, relation: str, rows: int | None) -> ExportedFile:
    """A file as the manifest names it; of `rows`, None for text."""
    with path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    relative = path.relative_to(folder).as_posix()
    return ExportedFile(relative, relation, rows, path.stat().st_size, sha256)
