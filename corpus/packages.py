"""Which programs a corpus was made from, and how much of each compiled: a table of the card."""

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake import Lake

UNIT_STAGES = ("generate", "read", "compile", "prepare")
"""Stages at which a whole file is lost; at later ones it is single functions."""

_GENERATED = ("csmith", "yarpgen")
"""Origins with a program per seed, which a table shows as one."""

_NOT_COMPILED = frozenset(UNIT_STAGES)
_PROGRAM = ("program", "origin", "license", "split")
_FILE = ("program", "version", "source_file")


@dataclass(frozen=True)
class Package:
    """One program: its files that hold functions or that were lost, and what came of them.

    `compiled` of `files` gave at least one function; a file that compiles and holds none is in
    neither. `functions` are those stored under this program, `found` those that it has, copies of
    other programs' functions included. `lost` counts functions that could not stand alone.
    """

    program: str
    versions: tuple[str, ...]
    origin: str
    license: str
    split: str
    files: int
    compiled: int
    functions: int
    found: int
    lost: int
    instructions: int

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "versions": list(self.versions)}


def packages(lake: Lake) -> list[Package]:
    """Every program of the lake, by name; also those of which nothing compiled."""
    functions = lake.read("functions", columns=[*_PROGRAM, "instructions"])
    held = {
        row["program"]: row
        for row in functions.group_by("program")
        .aggregate(
            [
                *((name, "min") for name in _PROGRAM[1:]),
                ("instructions", "sum"),
                ("instructions", "count"),
            ]
        )
        .to_pylist()
    }
    occurrences = lake.read("occurrences", columns=[*_FILE, "function_id", "origin"])
    losses = lake.read("losses", columns=[*_FILE, "stage", "count", "origin"])
    whole = pc.field("stage").isin(sorted(_NOT_COMPILED))
    compiled = _files(occurrences)
    lost_files = _files(losses.filter(whole)) - compiled
    found = Counter(_distinct(occurrences, "program", "function_id").column("program").to_pylist())
    versions: dict[str, set[str]] = {}
    for program, version, _ in compiled | lost_files:
        versions.setdefault(program, set()).add(version)
    origins = {
        row["program"]: row["origin"]
        for table in (losses, occurrences)
        for row in _distinct(table, "program", "origin").to_pylist()
    }
    single = losses.filter(~whole).group_by("program").aggregate([("count", "sum")])
    lost = {row["program"]: row["count_sum"] for row in single.to_pylist()}
    compiled_of, lost_of = (Counter(file[0] for file in some) for some in (compiled, lost_files))
    return [
        Package(
            program=program,
            versions=tuple(sorted(versions.get(program, ()))),
            origin=origins.get(program, ""),
            license=held[program]["license_min"] if program in held else "",
            split=held[program]["split_min"] if program in held else "",
            files=compiled_of[program] + lost_of[program],
            compiled=compiled_of[program],
            functions=held[program]["instructions_count"] if program in held else 0,
            found=found[program],
            lost=lost.get(program, 0),
            instructions=held[program]["instructions_sum"] if program in held else 0,
        )
        for program in sorted(origins)
    ]


def package_rows(listed: list[Package]) -> list[dict[str, Any]]:
    """For a terminal: the programs with most functions first, generated ones as one row."""
    rows = [one for one in listed if one.origin not in _GENERATED]
    for origin in _GENERATED:
        some = [one for one in listed if one.origin == origin]
        if some:
            rows.append(_together(origin, some))
    return [
        {
            "program": " ".join((one.program, *one.versions[:1])),
            "licence": one.license,
            "split": one.split,
            "files": one.files,
            "compiled": f"{one.compiled / max(1, one.files):.0%}",
            "functions": one.functions,
            "copies": one.found - one.functions,
            "lost": one.lost,
            "instructions": one.instructions,
        }
        for one in sorted(rows, key=lambda one: (-one.functions, one.program))
    ]


def _together(origin: str, some: list[Package]) -> Package:
    return replace(
        some[0],
        program=f"{origin}, {len(some)} programs",
        versions=(),
        split="all",
        files=sum(one.files for one in some),
        compiled=sum(one.compiled for one in some),
        functions=sum(one.functions for one in some),
        found=sum(one.found for one in some),
        lost=sum(one.lost for one in some),
        instructions=sum(one.instructions for one in some),
    )


def _files(table: pa.Table) -> set[tuple[str, ...]]:
    distinct = _distinct(table, *_FILE)
    return set(zip(*(distinct.column(name).to_pylist() for name in _FILE), strict=True))


def _distinct(table: pa.Table, *columns: str) -> pa.Table:
    return table.select(columns).group_by(list(columns)).aggregate([])
