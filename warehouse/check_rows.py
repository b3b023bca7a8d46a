"""Whether a lake's rows agree with each other: keys, references, searches, and the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse import schema, sql
from warehouse.answer import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from warehouse.check_files import Findings
    from warehouse.lake import Lake

WAY_OUT = "restore the lake from a copy, or leave these rows out"


@dataclass(frozen=True)
class Rule:
    """Something that holds for the rows of some tables.

    `sql` finds the exceptions, one row each, whose columns name it; `says` is what they are.
    """

    table: str
    says: str
    sql: str
    reads: frozenset[str]


_KEYS: dict[str, tuple[str, ...]] = {
    "functions": ("function_id",),
    "occurrences": ("function_id", "name", "program", "version", "source_file"),
    "fingerprints": ("function_id", "fingerprinter"),
    "winners": ("campaign_id", "function_id", "pass_list", "task_id"),
    "verdicts": ("verdict_id", "task_id", "campaign_id", "function_id", "pass_list", "kind"),
    "passes": ("pass_space", "pass_id", "text"),
    "coresets": ("coreset_id", "rank", "task_id"),
    "campaigns": ("campaign_id",),
    "models": ("model_id",),
    "judgements": ("model_id", "method", "function_id", "toolchain", "task_id"),
}
"""What no two rows of a table have in common. (Of `evaluations` below: it is the largest.)"""

_REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("occurrences", "function_id", "functions"),
    ("fingerprints", "function_id", "functions"),
    ("evaluations", "function_id", "functions"),
    ("winners", "function_id", "functions"),
    ("verdicts", "function_id", "functions"),
    ("features", "function_id", "functions"),
    ("evaluations", "campaign_id", "campaigns"),
    ("winners", "campaign_id", "campaigns"),
    ("evaluations", "pass_space", "passes"),
    ("winners", "pass_space", "passes"),
    ("coresets", "pass_space", "passes"),
)
"""Columns whose values, where not null, are in the column of the same name of another table."""

_BY_TASK = ("functions", "occurrences", "fingerprints", "losses", "evaluations", "winners")
"""Tables whose rows all come from tasks."""


def _rules() -> list[Rule]:
    unique = [
        Rule(
            table,
            f"are there more than once by {', '.join(key)}",
            f"SELECT {', '.join(key)} FROM raw.{table} GROUP BY ALL HAVING count(*) > 1",  # noqa: S608
            frozenset({table}),
        )
        for table, key in _KEYS.items()
    ]
    references = [
        Rule(
            table,
            f"name a {column} that {other} lacks",
            f"SELECT DISTINCT {column} FROM raw.{table} ANTI JOIN raw.{other} USING ({column})"  # noqa: S608
            f" WHERE {column} IS NOT NULL",
            frozenset({table, other}),
        )
        for table, column, other in _REFERENCES
    ]
    return [*unique, *references, *_SEARCHES, *_ledger()]


_SEARCHES = (
    Rule(
        "judgements",
        "name a function_id that functions lacks",
        # Those on the deep reference, which brings its functions along, say so.
        """SELECT DISTINCT function_id
           FROM raw.judgements ANTI JOIN raw.functions USING (function_id)
           WHERE coalesce(snapshot, '') NOT LIKE 'reference:%'""",
        frozenset({"judgements", "functions"}),
    ),
    Rule(
        "evaluations",
        "of a search are not numbered 0, 1, 2, … once each",
        """SELECT campaign_id, function_id FROM raw.evaluations GROUP BY ALL
           HAVING min(ordinal) <> 0 OR max(ordinal) <> count(*) - 1
               OR sum(ordinal) <> count(*) * (count(*) - 1) // 2""",
        frozenset({"evaluations"}),
    ),
    Rule(
        "evaluations",
        "have a pass that their pass space lacks",
        """SELECT pass_space, max(list_max(pass_ids)) AS pass_id FROM raw.evaluations AS e
           GROUP BY pass_space
           HAVING pass_id > (SELECT max(p.pass_id) FROM raw.passes AS p
                             WHERE p.pass_space = e.pass_space)""",
        frozenset({"evaluations", "passes"}),
    ),
    Rule(
        "winners",
        "are larger than -Oz by their own objective",
        """SELECT campaign_id, function_id FROM raw.winners
           WHERE CASE objective WHEN 'object_bytes' THEN object_bytes > oz_object_bytes
                                ELSE instructions > oz_instructions END""",
        frozenset({"winners"}),
    ),
    Rule(
        "campaigns",
        "were started with functions that the lake lacks",
        """SELECT DISTINCT campaign_id
           FROM (SELECT campaign_id, unnest(function_ids) AS function_id FROM raw.campaigns)
           ANTI JOIN raw.functions USING (function_id)""",
        frozenset({"campaigns", "functions"}),
    ),
    Rule(
        "fingerprints",
        "of one version differ in the length of minhash",
        """SELECT fingerprinter FROM raw.fingerprints GROUP BY ALL
           HAVING min(len(minhash)) <> max(len(minhash))""",
        frozenset({"fingerprints"}),
    ),
)


def _ledger() -> list[Rule]:
    # What is done of a task, by the ledger: a corpus task may be done again, and may have staged
    # rows that the lake had already; a campaign's is done once, with just its rows.
    done = """
        SELECT task_id, sum(rows) AS promised, count(*) AS times,
               bool_or(campaign_id IN (SELECT campaign_id FROM raw.campaigns)) AS exact
        FROM raw.tasks WHERE state = 'done' GROUP BY task_id"""
    made = " UNION ALL ".join(
        f"SELECT task_id, count(*) AS made FROM raw.{name} GROUP BY task_id"  # noqa: S608
        for name, table in schema.TABLES.items()
        if name != "tasks" and any(column.name == "task_id" for column in table.columns)
    )
    every = frozenset(schema.TABLES)
    counted = f"""
        WITH done AS ({done}),
        made AS (SELECT task_id, sum(made) AS made FROM ({made}) GROUP BY task_id)
        SELECT task_id, coalesce(made, 0) AS has, promised FROM done LEFT JOIN made USING (task_id)
    """  # noqa: S608
    differing = Rule(
        "tasks",
        "have another number of rows than their tasks made",
        f"{counted} WHERE has > promised OR (exact AND has < promised)",
        every,
    )
    twice = Rule(
        "tasks", "of a campaign are done twice", f"{done} HAVING exact AND times > 1", every
    )
    unknown = [
        Rule(
            table,
            "come from a task that the ledger does not call done",
            f"SELECT DISTINCT task_id FROM raw.{table} ANTI JOIN ({done}) USING (task_id)",  # noqa: S608
            frozenset({table, "tasks"}),
        )
        for table in _BY_TASK
    ]
    return [differing, twice, *unknown]


def check_rows(lake: Lake, versions: Mapping[str, int], found: Findings) -> list[str]:
    """Judge every rule whose tables can be read; the names of the tables that were left out.

    `versions` of the tables agree with each other: they were taken between two commits.

    Raises:
        TableDamaged: a table that seemed whole cannot be read.
    """
    with sql.connect(lake, without=found.broken, at=versions) as connection:
        for rule in _rules():
            if not rule.reads & found.broken:
                _judge(connection, rule, found)
    return sorted(found.broken)


def _judge(connection: duckdb.DuckDBPyConnection, rule: Rule, found: Findings) -> None:
    counted = fetch(connection, f"SELECT count(*) AS n FROM ({rule.sql})").to_pylist()[0]["n"]  # noqa: S608
    if counted:
        example = fetch(connection, f"FROM ({rule.sql}) ORDER BY ALL LIMIT 1").to_pylist()[0]
        named = ", ".join(f"{name} {value}" for name, value in example.items())
        found.add(rule.table, f"rows {rule.says}: {counted}, as {named}", WAY_OUT)
