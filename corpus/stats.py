"""The corpus card: what a lake holds, and what did not make it in."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.split import SPLITS
from warehouse.lake import Lake

_FACTS = (
    *("program", "version", "origin", "language", "license", "split", "toolchain"),
    *("instructions", "object_bytes"),
)
_LOSSES_SHOWN = 20
_QUANTILES = (("min", 0.0), ("p10", 0.1), ("median", 0.5), ("p90", 0.9), ("max", 1.0))


def card(lake: Lake) -> dict[str, Any]:
    """Counts of functions, programs, sizes, splits, languages, licences, origins and losses.

    `instructions` and `object_bytes` are of the unoptimised functions. `occurrences` counts every
    place where a function was found, `duplicates` those beyond the first. `losses` are by stage
    and reason, the most frequent first, at most 20, each with one source file as an example;
    `lost` counts all by stage.
    """
    functions = lake.read("functions", columns=_FACTS)
    occurrences = lake.read("occurrences", columns=["program", "version", "source_file"])
    losses = lake.read("losses", columns=["program", "source_file", "stage", "reason", "count"])
    return {
        "functions": functions.num_rows,
        "programs": pc.count_distinct(functions.column("program")).as_py(),
        "occurrences": occurrences.num_rows,
        "duplicates": occurrences.num_rows - functions.num_rows,
        "source_files": occurrences.group_by(occurrences.column_names).aggregate([]).num_rows,
        "instructions": _spread(functions.column("instructions")),
        "object_bytes": _spread(functions.column("object_bytes")),
        "splits": {split: _part(functions.filter(pc.field("split") == split)) for split in SPLITS},
        "origins": _shares(functions, "origin"),
        "languages": _shares(functions, "language"),
        "licenses": _shares(functions, "license"),
        "toolchains": _shares(functions, "toolchain"),
        "largest": _largest(functions),
        "lost": _lost(losses),
        "losses": _losses(losses),
    }


def card_lines(found: dict[str, Any]) -> list[str]:
    """The card as lines for a terminal."""
    splits = ", ".join(
        f"{split} {part['functions']} of {part['programs']} programs"
        for split, part in found["splits"].items()
    )
    lines = [
        f"functions     {found['functions']} of {found['programs']} programs",
        f"source files  {found['source_files']}; {found['duplicates']} duplicates dropped",
        f"instructions  {_spread_line(found['instructions'])}",
        f"object bytes  {_spread_line(found['object_bytes'])}",
        f"splits        {splits}",
    ]
    lines += [
        f"{name.replace('_', ' '):<13} "
        + ", ".join(f"{value} {count}" for value, count in found[name].items())
        for name in ("origins", "languages", "licenses", "largest")
    ]
    lost = ", ".join(f"{stage} {count}" for stage, count in found["lost"].items())
    lines.append(f"lost          {lost or 'nothing'}")
    lines += [
        f"  {loss['count']:>6}  {loss['stage']}: {loss['reason']}  ({loss['example']})"
        for loss in found["losses"]
    ]
    return lines


def _spread(column: pa.ChunkedArray) -> dict[str, Any]:
    if len(column) == 0:
        return {"total": 0, "mean": None, **{name: None for name, _ in _QUANTILES}}
    quantiles = pc.quantile(column, q=[q for _, q in _QUANTILES], interpolation="nearest")
    named = zip(_QUANTILES, quantiles.to_pylist(), strict=True)
    return {
        "total": pc.sum(column).as_py(),
        "mean": round(pc.mean(column).as_py(), 1),
        **{name: int(value) for (name, _), value in named},
    }


def _spread_line(spread: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in spread.items() if value is not None)


def _part(functions: pa.Table) -> dict[str, int]:
    return {
        "functions": functions.num_rows,
        "programs": pc.count_distinct(functions.column("program")).as_py(),
        "instructions": pc.sum(functions.column("instructions")).as_py() or 0,
    }


def _shares(functions: pa.Table, column: str) -> dict[str, int]:
    """Functions per value of a column, the most frequent first."""
    counts = functions.group_by(column).aggregate([([], "count_all")]).to_pylist()
    ordered = sorted(counts, key=lambda row: (-row["count_all"], row[column]))
    return {row[column]: row["count_all"] for row in ordered}


def _largest(functions: pa.Table) -> dict[str, int]:
    shares = _shares(functions, "program")
    return dict(list(shares.items())[:10])


def _lost(losses: pa.Table) -> dict[str, int]:
    counts = losses.group_by("stage").aggregate([("count", "sum")]).to_pylist()
    return {row["stage"]: row["count_sum"] for row in sorted(counts, key=lambda r: r["stage"])}


def _losses(losses: pa.Table) -> Sequence[dict[str, Any]]:
    grouped = losses.group_by(["stage", "reason"]).aggregate(
        [("count", "sum"), ("program", "min"), ("source_file", "min")]
    )
    rows = sorted(grouped.to_pylist(), key=lambda row: (-row["count_sum"], row["reason"]))
    return [
        {
            "stage": row["stage"],
            "reason": row["reason"],
            "count": row["count_sum"],
            "example": f"{row['program_min']}: {row['source_file_min']}",
        }
        for row in rows[:_LOSSES_SHOWN]
    ]
