"""The named queries about verdicts, on figures that can be checked by hand."""

# ruff: noqa: S106  (a pass list is no password)

from collections.abc import Callable
from itertools import count
from typing import Any

from warehouse import sql
from warehouse.lake import Lake

Row = dict[str, Any]
MakeRow = Callable[..., Row]
Put = Callable[..., None]


def test_gate_shares_say_how_many_labels_were_checked_and_what_they_save(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    found = (("f1", "agreed", 6), ("f2", "agreed", 9), ("f3", "inconclusive", 5), ("f4", None, 8))
    put(
        winners=[
            *(row("winners", function_id=name, instructions=count) for name, _, count in found),
            row("winners", function_id="f5", pass_list="default<Oz>", instructions=10),
        ],
        verdicts=[
            row("verdicts", verdict_id=name, function_id=name, verdict=verdict)
            for name, verdict, _ in found[:3]
        ],
    )
    columns = ("gate", "functions", "share", "instructions_saved")
    assert [
        tuple(one[name] for name in columns)
        for one in sql.run_named(lake, "gate_shares").to_pylist()
    ] == [
        ("agreed", 2, 0.5, 5),
        ("inconclusive", 1, 0.25, 5),
        ("not_run", 1, 0.25, 2),
        ("same_as_oz", 1, None, 0),
    ]


def test_suspect_passes_are_culprits_on_programs_parts_of_refuted_pairs_or_unstable(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    number = count()

    def judged(
        list_: str, function: str | None, verdict: str, kind: str = "function", **more: object
    ) -> Row:
        changes = {"pass_list": list_, "function_id": function, "verdict": verdict, "kind": kind}
        return row("verdicts", verdict_id=f"v{next(number)}", **changes, **more)

    put(
        winners=[row("winners", function_id=f"f{number}") for number in (1, 2, 3)],
        verdicts=[
            judged("x,b", None, "refuted", "programs", programs=["p", "q"], guilty=["x", "b"]),
            judged("y,b", None, "refuted", "programs", programs=["q"], guilty=["b"]),
            judged("b,x,b", "f1", "refuted"),
            judged("x", "f2", "agreed"),
            judged("x", "f3", "inconclusive"),
            judged("u", "f3", "refuted", "stability"),
            judged("z", "elsewhere", "refuted"),
        ],
    )
    columns = ("pass", "culprit_of", "programs", "pairs_judged", "pairs_refuted", "unstable")
    assert [
        tuple(one[name] for name in columns)
        for one in sql.run_named(lake, "suspect_passes").to_pylist()
    ] == [
        ("b", 2, 2, 1, 1, 0),
        ("x", 0, 0, 2, 1, 0),
        ("u", 0, 0, 0, 0, 1),
    ]


def test_inconclusive_pairs_are_counted_by_the_class_of_their_reason(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    reasons = ("inline assembly", "not modelled: fopen", "not modelled: stat")
    unsure = {"verdict": "inconclusive"}
    put(
        winners=[row("winners", function_id=f"f{number}") for number in range(3)],
        verdicts=[
            row("verdicts", verdict_id=reason, function_id=f"f{number}", reason=reason, **unsure)
            for number, reason in enumerate(reasons)
        ],
    )
    assert sql.run_named(lake, "inconclusive").to_pylist() == [
        {"reason": "not modelled", "pairs": 2, "functions": 2, "example": "f1"},
        {"reason": "inline assembly", "pairs": 1, "functions": 1, "example": "f0"},
    ]
