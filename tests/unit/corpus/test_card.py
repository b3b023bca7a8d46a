"""The corpus card's table of programs and causes of loss, on rows made by hand."""

import re
from pathlib import Path
from typing import Any

import pytest

from corpus.fingerprint import FINGERPRINTER
from corpus.packages import package_rows, packages
from corpus.stats import card, card_lines, cause_of
from warehouse.lake import Lake
from warehouse.schema import arrow_schema, table_of


def row(table: str, **given: object) -> dict[str, Any]:
    blank = {
        field.name: "" if str(field.type) == "string" else 1
        for field in arrow_schema(table)
        if not field.nullable
    }
    return blank | given


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two programs in C and two of csmith; one function is found in three of them."""
    lake = Lake.open(tmp_path / "lake", create=True)

    def function(name: str, program: str, instructions: int, **more: str) -> dict[str, Any]:
        return row(
            "functions",
            **{"function_id": name, "program": program, "split": "train", **more},
            instructions=instructions,
        )

    def occurrence(name: str, program: str, file: str, origin: str = "debian") -> dict[str, Any]:
        return row(
            "occurrences", function_id=name, program=program, source_file=file, origin=origin
        )

    def loss(program: str, file: str, stage: str, reason: str, count: int = 1) -> dict[str, Any]:
        return row(
            "losses",
            program=program,
            source_file=file,
            stage=stage,
            origin="debian",
            reason=reason,
            count=count,
        )

    def print_of(name: str, structural: str) -> dict[str, Any]:
        return row(
            "fingerprints",
            function_id=name,
            structural_hash=structural,
            tokens=10 * len(name),
            minhash=[0],
            text_faithful=name != "fff",
            fingerprinter=FINGERPRINTER,
        )

    rows = {
        "functions": [
            function("f", "zlib", 9),
            function("ff", "zlib", 10),
            function("fff", "lz4", 299, license="BSD"),
            function("s", "csmith-1", 20_000, license="NOASSERTION"),
        ],
        "occurrences": [
            occurrence("f", "zlib", "a.c"),
            occurrence("ff", "zlib", "b.c"),
            occurrence("f", "lz4", "a.c"),
            occurrence("fff", "lz4", "a.c"),
            occurrence("s", "csmith-1", "1.c", "csmith"),
            occurrence("s", "csmith-2", "2.c", "csmith"),
        ],
        "losses": [
            loss("zlib", "c.c", "compile", "c.c:3:1: fatal error: 'one.h' file not found"),
            loss("zlib", "d.c", "compile", "d.c:9:7: fatal error: 'two.h' file not found"),
            loss("zlib", "a.c", "compile", "a.c:1:1: error: what a later attempt put right"),
            loss("zlib", "a.c", "extract", "over 1 MiB of text", 7),
            loss("gone", "x.c", "compile", "x.c:1:1: error: nothing of this compiles"),
        ],
        "fingerprints": [print_of("f", "1"), print_of("ff", "1"), print_of("fff", "2")],
    }
    files = [lake.stage(name, table_of(name, listed), name=name) for name, listed in rows.items()]
    lake.commit("test", 0, files)
    return lake


def test_each_program_has_its_files_functions_copies_and_losses(lake: Lake) -> None:
    by_name = {one.program: one for one in packages(lake)}
    assert sorted(by_name) == ["csmith-1", "csmith-2", "gone", "lz4", "zlib"]
    zlib, lz4, gone = by_name["zlib"], by_name["lz4"], by_name["gone"]
    assert (zlib.files, zlib.compiled, zlib.functions, zlib.found, zlib.lost) == (4, 2, 2, 2, 7)
    assert (lz4.files, lz4.compiled, lz4.functions, lz4.found, lz4.lost) == (1, 1, 1, 2, 0)
    assert (gone.files, gone.compiled, gone.functions) == (1, 0, 0)


def test_a_file_that_compiled_in_a_later_attempt_is_not_a_failure(lake: Lake) -> None:
    [zlib] = [one for one in package_rows(packages(lake)) if one["program"].startswith("zlib")]
    assert (zlib["files"], zlib["compiled"]) == (4, "50%")


def test_generated_programs_are_one_row_and_the_largest_come_first(lake: Lake) -> None:
    rows = package_rows(packages(lake))
    assert [one["program"].strip() for one in rows] == [
        *("zlib", "csmith, 2 programs", "lz4", "gone")
    ]
    assert rows[1]["copies"] == 1


def test_the_card_sums_sizes_tokens_duplicates_and_flags(lake: Lake) -> None:
    found = card(lake)
    sizes = {name: count for name, count in found["sizes"].items() if count}
    assert sizes == {"1-9": 1, "10-29": 1, "100-299": 1, "10000+": 1}
    assert found["tokens"]["total"] == 60
    assert found["duplicates"] == {"exact": 2, "structural": 1}
    assert (found["unfaithful_texts"], found["without_fingerprints"]) == (1, 1)
    assert any("passlake corpus add" in line for line in card_lines(found))


def test_causes_are_counted_together_whatever_file_and_name_they_are_about(lake: Lake) -> None:
    found = card(lake)
    first, second, *_ = found["losses"]
    assert (first["stage"], first["count"]) == ("extract", 7)
    assert (second["cause"], second["count"]) == ("fatal error: … file not found", 2)
    assert re.match(r"zlib: [cd]\.c:", second["example"])
    assert found["lost"] == {"compile": 4, "extract": 7}


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("src/a.c:1:22: error: no member 'x' in 'y'", "error: no member … in …"),
        ("over 128 KiB of constants and declarations", "over … KiB of constants and declarations"),
        ("crashed: signal 11", "crashed: signal …"),
        ("", ""),
    ],
)
def test_a_cause_is_a_reason_without_place_names_and_numbers(reason: str, cause: str) -> None:
    assert cause_of(reason) == cause
