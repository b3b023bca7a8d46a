"""The corpus card: what a lake holds, and what did not make it in."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.fingerprint import FINGERPRINTER
from corpus.packages import packages
from corpus.split import SPLITS
from warehouse import snapshot
from warehouse.lake import Lake

_FACTS = (
    *("program", "version", "origin", "language", "license", "split", "toolchain"),
    *("instructions", "object_bytes"),
)
_CAUSES_SHOWN = 20
_QUANTILES = (("min", 0.0), ("p10", 0.1), ("median", 0.5), ("p90", 0.9), ("max", 1.0))
_SIZES = (1, 10, 30, 100, 300, 1000, 10_000)
"""Lower bounds of the size classes, in instructions."""

_PLACE = re.compile(r"^[^\s:]+:\d+:(?:\d+:)? ")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w.])[@%]\S+|\b\d+\b")


def card(lake: Lake) -> dict[str, Any]:
    """All that there is to say about the functions of a lake, as JSON values.

    `instructions` and `object_bytes` are of the unoptimised functions, `tokens` of their texts as
    the fingerprinter counts them; `sizes` counts functions by instructions. `duplicates`: `exact`
    copies were dropped when they were added, `structural` ones are kept and differ from another
    function in names only. `snapshots` says what each left out as too like what is held out.
    `unfaithful_texts` are functions whose text does not decide their counts. `programs` has a row
    per program. `lost` counts losses by stage, `losses` by stage and cause, the most frequent
    first, at most 20, each with an example.
    """
    functions = lake.read("functions", columns=_FACTS)
    occurrences = lake.read("occurrences", columns=["program", "version", "source_file"])
    losses = lake.read("losses", columns=["program", "stage", "reason", "count"])
    prints = lake.read(
        "fingerprints",
        columns=["structural_hash", "tokens", "text_faithful"],
        where=pc.field("fingerprinter") == FINGERPRINTER,
    )
    return {
        "functions": functions.num_rows,
        "programs": [one.document() for one in packages(lake)],
        "occurrences": occurrences.num_rows,
        "duplicates": {
            "exact": occurrences.num_rows - functions.num_rows,
            "structural": prints.num_rows
            - pc.count_distinct(prints.column("structural_hash")).as_py(),
        },
        "snapshots": [_left_out(one) for one in snapshot.list_(lake)],
        "source_files": occurrences.group_by(occurrences.column_names).aggregate([]).num_rows,
        "instructions": _spread(functions.column("instructions")),
        "sizes": _sizes(functions.column("instructions")),
        "object_bytes": _spread(functions.column("object_bytes")),
        "tokens": _spread(prints.column("tokens")),
        "unfaithful_texts": prints.filter(~pc.field("text_faithful")).num_rows,
        "without_fingerprints": functions.num_rows - prints.num_rows,
        "splits": {split: _part(functions.filter(pc.field("split") == split)) for split in SPLITS},
        "origins": _shares(functions, "origin"),
        "languages": _shares(functions, "language"),
        "licenses": _shares(functions, "license"),
        "toolchains": _shares(functions, "toolchain"),
        "lost": _lost(losses),
        "losses": _losses(losses),
    }


def card_lines(found: dict[str, Any]) -> list[str]:
    """The card as lines for a terminal; the programs are a table of their own."""
    splits = ", ".join(
        f"{split} {part['functions']} of {part['programs']} programs"
        for split, part in found["splits"].items()
    )
    duplicates = found["duplicates"]
    lines = [
        f"functions     {found['functions']} of {_programs_held(found)} programs",
        f"source files  {found['source_files']}",
        f"duplicates    {_counts_line(duplicates)} (exact ones are dropped)",
        f"instructions  {_spread_line(found['instructions'])}",
        f"sizes         {_counts_line(found['sizes'])}",
        f"object bytes  {_spread_line(found['object_bytes'])}",
        f"tokens        {_spread_line(found['tokens'])}",
        f"texts         {found['unfaithful_texts']} do not decide their function's counts",
        f"splits        {splits}",
    ]
    lines += [
        f"{name:<13} {_counts_line(found[name])}" for name in ("origins", "languages", "licenses")
    ]
    lines += [
        f"snapshot      {one['snapshot']}: {_counts_line(one['left_out'])} left out of training"
        for one in found["snapshots"]
    ]
    if found["without_fingerprints"]:
        lines.append(
            f"fingerprints  {found['without_fingerprints']} functions have none:"
            " run `passlake corpus add` with the same sources again"
        )
    lines.append(f"lost          {_counts_line(found['lost']) or 'nothing'}")
    lines += [
        f"  {loss['count']:>6}  {loss['stage']}: {loss['cause']}  ({loss['example']})"
        for loss in found["losses"]
    ]
    return lines


def cause_of(reason: str) -> str:
    """A loss's reason without what is particular to one file: place, names, numbers."""
    return _QUOTED.sub("…", _PLACE.sub("", reason))


def _programs_held(found: dict[str, Any]) -> int:
    return sum(one["functions"] > 0 for one in found["programs"])


def _counts_line(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _left_out(made: snapshot.Snapshot) -> dict[str, Any]:
    kinds = {kind: made.left_out_notes.get(kind, 0) for kind in ("exact", "structural", "near")}
    return {"snapshot": made.name, "left_out": kinds}


def _sizes(instructions: pa.ChunkedArray) -> dict[str, int]:
    names = [str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in pairwise(_SIZES)]
    at_least = [pc.sum(pc.greater_equal(instructions, low)).as_py() or 0 for low in _SIZES]
    within = [one - after for one, after in zip(at_least, [*at_least[1:], 0], strict=True)]
    return dict(zip([*names, f"{_SIZES[-1]}+"], within, strict=True))


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


def _lost(losses: pa.Table) -> dict[str, int]:
    counts = losses.group_by("stage").aggregate([("count", "sum")]).to_pylist()
    return {row["stage"]: row["count_sum"] for row in sorted(counts, key=lambda r: r["stage"])}


def _losses(losses: pa.Table) -> Sequence[dict[str, Any]]:
    """Losses by stage and cause, with the first reason of each as its example."""
    grouped = losses.group_by(["stage", "reason"]).aggregate([("count", "sum"), ("program", "min")])
    causes: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(grouped.to_pylist(), key=lambda row: (-row["count_sum"], row["reason"])):
        key = (row["stage"], cause_of(row["reason"]))
        example = f"{row['program_min']}: {row['reason']}"
        known = causes.setdefault(
            key, {"stage": key[0], "cause": key[1], "count": 0, "example": example}
        )
        known["count"] += row["count_sum"]
    rows = sorted(causes.values(), key=lambda row: (-row["count"], row["stage"], row["cause"]))
    return rows[:_CAUSES_SHOWN]
