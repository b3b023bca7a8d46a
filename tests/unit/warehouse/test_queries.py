"""The named queries, the leaderboard first: figures that can be checked by hand."""

# ruff: noqa: S105, S106  (a pass list is no password)

from collections.abc import Callable
from typing import Any

import pytest

from warehouse import named_queries, snapshot, sql
from warehouse.lake import Lake
from warehouse.leaderboard import leaderboard

Row = dict[str, Any]
MakeRow = Callable[..., Row]
Put = Callable[..., None]


@pytest.fixture
def searched(lake: Lake, put: Put, row: MakeRow) -> Lake:
    """Three functions; random search found two better lists, of which one is refuted."""
    before = {"oz_instructions": 10, "oz_plain_instructions": 12}
    put(
        functions=[
            row("functions", function_id=f"f{n}", name=f"name{n}", program=program)
            for n, program in ((1, "zlib"), (2, "zlib"), (3, "lz4"))
        ],
        winners=[
            row(
                "winners",
                function_id=function,
                campaign_id=campaign,
                strategy=strategy,
                pass_list=list_,
                instructions=instructions,
                compilations=compilations,
                cpu_s=1.0,
                **before,
            )
            for function, campaign, strategy, list_, instructions, compilations in (
                ("f1", "c1", "random", "a,b", 6, 100),
                ("f2", "c1", "random", "wrong", 1, 100),
                ("f2", "c1", "random", "b", 9, 130),  # what took the refuted list's place
                ("f3", "c1", "random", "default<Oz>", 10, 100),
                ("f1", "c2", "random", "default<Oz>", 10, 40),
                ("f1", "c3", "genetic", "c", 8, 7),
                ("f1", "c4", "odd", "d", 13, 1),
            )
        ],
        verdicts=[
            row("verdicts", function_id="f2", pass_list="wrong", verdict="refuted"),
            row("verdicts", verdict_id="v2", pass_list="worse", verdict="refuted"),
            row("verdicts", verdict_id="v3", verdict="inconclusive", reason="inline assembly"),
        ],
        occurrences=[
            row("occurrences", function_id=f"f{n}", name=f"name{n}", program=program)
            for n, program in ((1, "zlib"), (2, "zlib"), (3, "lz4"))
        ],
        evaluations=[
            row("evaluations", function_id="f1", ordinal=0, cpu_us=500_000),
            row("evaluations", function_id="f1", ordinal=1, outcome="crashed", cpu_us=0),
            row("evaluations", function_id="f2", ordinal=0, cpu_us=500_000),
            row("evaluations", function_id="f3", ordinal=0, cpu_us=1_000_000),
        ],
    )
    return lake


def test_the_leaderboard_pools_each_methods_best_answers(searched: Lake) -> None:
    rows = {row.pop("method"): row for row in leaderboard(searched)}
    assert list(rows) == ["genetic", "random", "oz", "oz_plain", "odd"]
    assert rows["random"] == {
        "functions": 3,
        "improvement_over_oz": pytest.approx(30 / 25 - 1),
        "improvement_over_oz_plain": pytest.approx(36 / 25 - 1),
        "functions_improved": 2,
        "functions_regressed": 0,
        "instructions_saved": 5,
        "instructions_regressed": 0,
        "compilations": 100 + 130 + 100 + 40,
        "cpu_s": 4.0,
    }
    assert rows["odd"]["functions_regressed"] == 1
    assert rows["odd"]["instructions_regressed"] == 3
    assert rows["odd"]["improvement_over_oz"] == pytest.approx(10 / 13 - 1)


def test_the_baselines_stand_beside_the_methods_and_cost_nothing(searched: Lake) -> None:
    rows = {row["method"]: row for row in leaderboard(searched)}
    assert rows["oz"] == {
        "method": "oz",
        "functions": 3,
        "improvement_over_oz": 0.0,
        "improvement_over_oz_plain": pytest.approx(36 / 30 - 1),
        "functions_improved": 0,
        "functions_regressed": 0,
        "instructions_saved": 0,
        "instructions_regressed": 0,
        "compilations": 0,
        "cpu_s": 0.0,
    }
    assert rows["oz_plain"]["improvement_over_oz"] == pytest.approx(30 / 36 - 1)
    assert rows["oz_plain"]["functions_regressed"] == 3
    assert rows["oz_plain"]["instructions_regressed"] == 6


def test_the_leaderboard_looks_at_the_selected_functions_only(searched: Lake) -> None:
    rows = {row["method"]: row for row in leaderboard(searched, functions=["f2", "f3", "f3"])}
    assert sorted(rows) == ["oz", "oz_plain", "random"]
    assert rows["random"]["functions"] == 2
    assert rows["random"]["improvement_over_oz"] == pytest.approx(20 / 19 - 1)


def test_searches_for_another_objective_do_not_count(lake: Lake, put: Put, row: MakeRow) -> None:
    put(winners=[row("winners", objective="object_bytes")])
    assert leaderboard(lake) == []


def test_the_leaderboard_of_an_empty_lake_is_empty(lake: Lake) -> None:
    assert leaderboard(lake) == []


def test_the_leaderboard_of_a_snapshot_stays(searched: Lake, put: Put, row: MakeRow) -> None:
    snapshot.create(searched, "then")
    then = leaderboard(searched)
    put(winners=[row("winners", campaign_id="c9", strategy="new")])
    assert leaderboard(searched, "then") == then != leaderboard(searched)


def test_the_biggest_wins_come_first_with_their_lists(searched: Lake) -> None:
    rows = sql.run_named(searched, "biggest_wins").to_pylist()
    assert [(row["program"], row["name"], row["instructions_saved"]) for row in rows] == [
        ("zlib", "name1", 4),
        ("zlib", "name2", 1),
    ]
    assert rows[0]["oz_instructions"] == 10
    assert rows[0]["instructions"] == 6
    assert rows[0]["pass_list"] == "a,b"


def test_only_results_that_no_other_beats_in_both_figures_are_pareto(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    figures = {"oz_instructions": 20, "oz_object_bytes": 50}
    results = [("few", 10, 60), ("small", 15, 40), ("between", 12, 45), ("worse", 12, 46)]
    put(
        functions=[row("functions", function_id="f1")],
        winners=[
            row(
                "winners",
                function_id="f1",
                campaign_id=pass_list,
                pass_list=pass_list,
                instructions=instructions,
                object_bytes=object_bytes,
                **figures,
            )
            for pass_list, instructions, object_bytes in results
        ],
    )
    rows = sql.run_named(lake, "pareto").to_pylist()
    assert [one["pass_list"] for one in rows] == ["few", "between", "small"]


def test_ten_wins_are_shown_at_most(lake: Lake, put: Put, row: MakeRow) -> None:
    ids = [f"f{number:02}" for number in range(12)]
    put(
        functions=[row("functions", function_id=f, name=f) for f in ids],
        winners=[row("winners", function_id=f) for f in ids],
    )
    assert sql.run_named(lake, "biggest_wins").column("name").to_pylist() == ids[:10]


def test_the_best_passes_are_counted_by_function(searched: Lake) -> None:
    assert sql.run_named(searched, "best_passes").to_pylist() == [
        {"pass": "b", "functions": 2, "uses": 2, "share": 1.0},
        {"pass": "a", "functions": 1, "uses": 1, "share": 0.5},
    ]


def test_the_gain_is_pooled_by_program(searched: Lake) -> None:
    rows = sql.run_named(searched, "gain_by_program").to_pylist()
    assert [row["program"] for row in rows] == ["zlib", "lz4"]
    assert rows[0] == {
        "program": "zlib",
        "functions": 2,
        "functions_improved": 2,
        "oz_instructions": 20,
        "instructions": 15,
        "instructions_saved": 5,
        "improvement_over_oz": pytest.approx(20 / 15 - 1),
    }


def test_outcomes_are_counted_with_their_time(searched: Lake) -> None:
    assert sql.run_named(searched, "outcomes").to_pylist() == [
        {"outcome": "ok", "evaluations": 3, "share": 0.75, "cpu_s": 2.0},
        {"outcome": "crashed", "evaluations": 1, "share": 0.25, "cpu_s": 0.0},
    ]


ABOUT_FILES = {"files_by_program"}  # files that hold no function yet cannot be selected by one


def test_files_that_compiled_are_counted_by_program(searched: Lake) -> None:
    rows = sql.run_named(searched, "files_by_program").to_pylist()
    assert [(row["program"], row["files"], row["compiled"]) for row in rows] == [
        ("lz4", 1, 1),
        ("zlib", 1, 1),
    ]


@pytest.mark.parametrize("name", sorted(named_queries.all_().keys() - ABOUT_FILES))
def test_every_named_query_takes_a_selection(searched: Lake, name: str) -> None:
    assert sql.run_named(searched, name, functions=[]).num_rows == 0


def test_a_selection_of_a_function_answers_for_it(searched: Lake) -> None:
    (row,) = sql.run_named(searched, "gain_by_program", functions=["f2"]).to_pylist()
    assert (row["program"], row["functions"], row["instructions_saved"]) == ("zlib", 1, 1)


@pytest.fixture
def judged(searched: Lake, put: Put, row: MakeRow) -> Lake:
    """What a judge said of two methods, one with two models, on two functions of `searched`."""
    refused = {
        "pass_list": "default<Oz>",
        "answered": "x",
        "refused": "refuted: function: f1 differs",
        "gate": "refuted",
        "instructions": 10,
    }
    answers = [
        ("net", "m1", "f1", {"instructions": 6, "gate": "agreed"}),
        ("net", "m1", "f2", {"instructions": 13}),
        ("net", "m2", "f1", refused),
        ("dice", "", "f1", {"instructions": 9}),
        ("dice", "", "gone", {"instructions": 1, "snapshot": "reference:2026-11-22"}),
    ]
    put(
        judgements=[
            row(
                "judgements",
                method=method,
                model_id=model,
                function_id=function,
                task_id=task,
                **{"snapshot": "s", "compilations": 10, "cpu_s": 0.5, **said},
            )
            for method, model, function, said in answers
            for task in ("t1", "t2")  # judged twice
        ]
    )
    return searched


def test_judged_methods_stand_on_the_leaderboard_each_answer_once(judged: Lake) -> None:
    rows = {row["method"]: row for row in leaderboard(judged)}
    names = ["judged dice", "judged net m1", "judged net m2"]
    assert sorted(name for name in rows if name.startswith("judged")) == names
    net = rows["judged net m1"]
    assert (net["functions"], net["compilations"], net["cpu_s"]) == (2, 20, 1.0)
    assert net["improvement_over_oz"] == pytest.approx(20 / 19 - 1)
    assert net["improvement_over_oz_plain"] == pytest.approx(22 / 19 - 1)
    assert (net["functions_improved"], net["functions_regressed"]) == (1, 1)
    assert (net["instructions_saved"], net["instructions_regressed"]) == (4, 3)
    assert (rows["judged dice"]["functions"], rows["judged net m2"]["functions"]) == (1, 1)


def test_the_judges_figures_have_backup_and_refusals(judged: Lake) -> None:
    rows = sql.run_named(judged, "judged").to_pylist()
    named = {(row["snapshot"], row["method"], row["model_id"]): row for row in rows}
    net, refused = named["s", "net", "m1"], named["s", "net", "m2"]
    assert net["improvement_with_backup"] == pytest.approx(20 / 16 - 1)
    assert (net["backup_compilations"], net["compilations"], net["agreed"]) == (2, 10.0, 1)
    assert (refused["improvement_over_oz"], refused["refused"], refused["wrong_code"]) == (0, 1, 1)
    assert refused["backup_compilations"] == 1
    assert named["reference:2026-11-22", "dice", ""]["functions"] == 1


def test_wrong_answers_are_named(judged: Lake) -> None:
    assert sql.run_named(judged, "refused_answers").to_pylist() == [
        {
            "pass_list": "x",
            "methods": ["net"],
            "functions": 1,
            "reason": "refuted: function: f1 differs",
            "example": "f1",
        }
    ]
