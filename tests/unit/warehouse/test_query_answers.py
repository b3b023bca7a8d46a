"""What researchers ask of passes and searches, on small lakes with answers worked out by hand."""

# ruff: noqa: S106  (a pass list is no password)

from collections.abc import Callable
from typing import Any

import pytest

from warehouse import named_queries, schema_page, sql
from warehouse.errors import SqlError
from warehouse.lake import Lake

Row = dict[str, Any]
MakeRow = Callable[..., Row]
Put = Callable[..., None]

QUERIES = named_queries.all_()


@pytest.fixture
def won(put: Put, row: MakeRow) -> Callable[..., None]:
    """Puts winners: `won(f1=("a,b", 8), ...)`, each against 10 after -Oz."""

    def make(**lists: tuple[str, int]) -> None:
        put(
            winners=[
                row(
                    "winners",
                    function_id=function,
                    pass_list=text,
                    num_passes=len(text.split(",")),
                    instructions=count,
                )
                for function, (text, count) in lists.items()
            ]
        )

    return make


@pytest.fixture
def tried(put: Put, row: MakeRow) -> Callable[..., None]:
    """Puts a campaign's evaluations of functions: ids and counts in order, None for a crash."""

    def make(campaign: str, strategy: str, **functions: list[tuple[list[int], int | None]]) -> None:
        put(
            campaigns=[
                row(
                    "campaigns",
                    campaign_id=campaign,
                    kind="tune",
                    function_ids=sorted(functions),
                    options="{}",
                    strategy=strategy,
                    started_at=row("tasks")["committed_at"],
                )
            ],
            evaluations=[
                row(
                    "evaluations",
                    campaign_id=campaign,
                    strategy=strategy,
                    function_id=function,
                    ordinal=ordinal,
                    pass_ids=ids,
                    instructions=count,
                    outcome="crashed" if count is None else "ok",
                )
                for function, lists in functions.items()
                for ordinal, (ids, count) in enumerate(lists)
            ],
            winners=[
                row(
                    "winners",
                    campaign_id=campaign,
                    strategy=strategy,
                    function_id=function,
                    instructions=10,
                    pass_list="default<Oz>",
                )
                for function in functions
            ],
            passes=[
                row("passes", pass_id=number, text=text, name=text)
                for number, text in enumerate("abc")
            ],
        )

    return make


def answer(lake: Lake, query: str) -> list[Row]:
    rows: list[Row] = sql.run_named(lake, query).to_pylist()
    return rows


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_says_what_it_answers_and_names_its_columns(lake: Lake, name: str) -> None:
    query = QUERIES[name]
    assert query.answers.endswith(".")
    assert sql.run_named(lake, name).column_names == list(query.columns)


def test_there_are_queries_for_what_researchers_ask() -> None:
    assert len(QUERIES) >= 20
    with pytest.raises(SqlError, match="no query is called none; there is: best_passes, "):
        named_queries.text("none")


def test_the_page_of_tables_and_queries_is_current() -> None:
    assert schema_page.PAGE.read_text(encoding="utf-8") == schema_page.page(), (
        "run `python -m warehouse.schema_page`"
    )


def test_pairs_that_win_together_are_counted_with_their_order(
    lake: Lake, won: Callable[..., None]
) -> None:
    won(f1=("a,b", 8), f2=("b,c,a", 8), f3=("a,b,a", 8), f4=("c", 8), f5=("default<Oz>", 10))
    rows = {(row["first"], row["second"]): row for row in answer(lake, "pass_pairs")}
    assert rows.keys() == {("a", "b"), ("a", "c"), ("b", "c")}
    assert rows["a", "b"] == {
        "first": "a",
        "second": "b",
        "functions": 3,
        "lift": pytest.approx((3 / 4) / (3 / 4 * 3 / 4)),
        "first_before": 2,
        "second_before": 1,
    }
    assert rows["a", "c"]["lift"] == pytest.approx((1 / 4) / (3 / 4 * 2 / 4))


def test_passes_that_help_each_other_have_a_negative_synergy(
    lake: Lake, tried: Callable[..., None]
) -> None:
    # 30 lists each of a, b and both, told apart by how often the passes are repeated.
    alone = [([0] * n, 10) for n in range(1, 31)] + [([1] * n, 10) for n in range(1, 31)]
    both = [([0] * n + [1], 7) for n in range(1, 31)]
    tried("c1", "random", f1=alone + both)
    (row,) = answer(lake, "pass_synergy")
    mean = (60 * 10 + 30 * 7) / 90 / 10
    effect_single = (30 * 1.0 + 30 * 0.7) / 60 - mean
    effect_both = 0.7 - mean
    assert (row["first"], row["second"], row["lists"]) == ("a", "b", 30)
    assert row["effect_first"] == pytest.approx(effect_single)
    assert row["effect_both"] == pytest.approx(effect_both)
    assert row["synergy"] == pytest.approx(effect_both - 2 * effect_single)
    assert row["synergy"] < 0


def test_the_better_order_of_two_neighbours_stands_first(
    lake: Lake, tried: Callable[..., None]
) -> None:
    tail = [[2] * n for n in range(20)]
    ab, ba = [([0, 1, *t], 6) for t in tail], [([1, 0, *t], 8) for t in tail]
    tried("c1", "random", f1=ab + ba)
    (row,) = answer(lake, "order_effects")
    assert (row["first"], row["second"]) == ("a", "b")
    assert (row["lists"], row["lists_turned"]) == (20, 20)
    assert row["effect"] == pytest.approx(-0.1)
    assert row["order_effect"] == pytest.approx(0.2)


def test_gain_is_pooled_by_size_class(
    lake: Lake, put: Put, row: MakeRow, won: Callable[..., None]
) -> None:
    sizes = {"f1": 8, "f2": 15, "f3": 16, "f4": 1}
    put(functions=[row("functions", function_id=f, instructions=n) for f, n in sizes.items()])
    won(f1=("a", 5), f2=("default<Oz>", 10), f3=("a", 8), f4=("default<Oz>", 10))
    rows = answer(lake, "gain_by_size")
    assert [(row["from_instructions"], row["to_instructions"]) for row in rows] == [
        (1, 1),
        (8, 15),
        (16, 31),
    ]
    assert rows[1]["functions"] == 2
    assert rows[1]["share_improved"] == 0.5
    assert rows[1]["instructions_saved"] == 5
    assert rows[1]["improvement_over_oz"] == pytest.approx(20 / 15 - 1)


def test_gain_is_pooled_by_origin_language_and_split(
    lake: Lake, put: Put, row: MakeRow, won: Callable[..., None]
) -> None:
    put(
        functions=[
            row("functions", function_id="f1"),
            row("functions", function_id="f2", program="lz4"),
            row("functions", function_id="f3", origin="csmith", split="valid"),
        ]
    )
    won(f1=("a", 5), f2=("a", 5), f3=("default<Oz>", 10))
    first, second = answer(lake, "gain_by_origin")
    assert (first["origin"], first["programs"], first["functions"]) == ("debian", 2, 2)
    assert first["improvement_over_oz"] == pytest.approx(1.0)
    assert (second["origin"], second["split"], second["functions_improved"]) == (
        "csmith",
        "valid",
        0,
    )


def test_a_search_curve_falls_only_where_a_search_got_better(
    lake: Lake, tried: Callable[..., None]
) -> None:
    tried(
        "c1",
        "random",
        f1=[([0], 12), ([1], 8), ([2], None), ([0, 1], 9), ([1, 1], 5)],
        f2=[([0], 9)],
    )
    rows = answer(lake, "search_curves")
    assert [(row["evaluations"], row["searches"], row["searches_running"]) for row in rows] == [
        (1, 2, 2),
        (2, 2, 1),
        (5, 2, 1),
    ]
    gains = [row["improvement_over_oz"] for row in rows]
    assert gains == [pytest.approx(20 / total - 1) for total in (10 + 9, 8 + 9, 5 + 9)]


def test_the_second_best_result_is_the_next_lowest_count(
    lake: Lake, tried: Callable[..., None]
) -> None:
    tried("c1", "random", f1=[([0], 6), ([1], 6), ([2], 9)], f2=[([0], 7), ([1], None)])
    rows = answer(lake, "runners_up")
    assert [(row["rank"], row["functions"], row["instructions"]) for row in rows] == [
        (1, 2, 6 + 7),
        (2, 2, 9 + 10),
        (3, 1, 10 + 10),
    ]
    assert rows[0]["lists"] == pytest.approx(1.5)
    assert rows[1]["instructions_lost"] == 6
    assert rows[1]["improvement_over_oz"] == pytest.approx(20 / 19 - 1)


def test_failures_count_for_every_pass_of_the_list(lake: Lake, tried: Callable[..., None]) -> None:
    tried("c1", "random", f1=[([0, 1, 0], None), ([1], 9), ([2], 9), ([1, 2], 9)])
    rows = {row["pass"]: row for row in answer(lake, "failures_by_pass")}
    assert [(rows[p]["lists"], rows[p]["crashed"]) for p in "abc"] == [(1, 1), (3, 1), (2, 0)]
    assert rows["b"]["share"] == pytest.approx(1 / 3)
    assert rows["b"]["lift"] == pytest.approx((1 / 3) / (1 / 4))


def test_a_campaigns_cost_counts_each_search_once(lake: Lake, put: Put, row: MakeRow) -> None:
    again = {"function_id": "f1", "pass_list": "b", "cpu_s": 3.0, "compilations": 250}
    put(
        campaigns=[
            row(
                "campaigns",
                kind="tune",
                function_ids=["f1", "f2", "f3"],
                options="{}",
                started_at=row("tasks")["committed_at"],
            )
        ],
        winners=[
            row("winners", function_id="f1", pass_list="wrong", instructions=2, cpu_s=2.0),
            row("winners", instructions=7, object_bytes=70, **again),
            row(
                "winners",
                function_id="f2",
                pass_list="default<Oz>",
                instructions=10,
                object_bytes=100,
                cpu_s=1.0,
            ),
        ],
        verdicts=[row("verdicts", pass_list="wrong", verdict="refuted")],
    )
    (found,) = answer(lake, "campaign_costs")
    assert (found["functions"], found["functions_planned"]) == (2, 3)
    assert (found["compilations"], found["cpu_s"]) == (250 + 200, 4.0)
    assert (found["functions_improved"], found["instructions_saved"]) == (1, 3)
    assert found["bytes_saved"] == 30
    assert found["cpu_s_per_saved"] == pytest.approx(4 / 3)


def test_a_coreset_covers_more_with_each_list(
    lake: Lake, put: Put, row: MakeRow, tried: Callable[..., None]
) -> None:
    tried(
        "c1",
        "coreset",
        f1=[([0], 8), ([1, 2], 6), ([2], 5)],
        f2=[([0], 12), ([1, 2], 9)],
        f3=[([0], 1)],  # the coreset was not tried on it whole
    )
    core = {"coreset_id": "k", "pass_space": "22-00000000", "campaign_ids": [], "gain": None}
    put(
        coresets=[
            row("coresets", rank=0, pass_list="a", **core),
            row("coresets", rank=1, pass_list="b,c", **core),
        ]
    )
    rows = answer(lake, "coreset_coverage")
    assert [(row["lists"], row["pass_list"], row["functions"]) for row in rows] == [
        (1, "a", 2),
        (2, "b,c", 2),
    ]
    assert [row["improvement_over_oz"] for row in rows] == [
        pytest.approx(20 / (8 + 10) - 1),
        pytest.approx(20 / (6 + 9) - 1),
    ]
    assert [row["coverage"] for row in rows] == [pytest.approx(2 / 6), pytest.approx(5 / 6)]


@pytest.fixture
def disagreeing(lake: Lake, put: Put, row: MakeRow) -> Lake:
    """f1 fewer and fewer, f2 and f3 fewer instructions in more bytes, f4 the same."""
    figures = {"f1": (8, 90), "f2": (9, 104), "f3": (7, 102), "f4": (10, 100)}
    put(
        functions=[row("functions", function_id=f, name=f) for f in figures],
        winners=[
            row("winners", function_id=f, instructions=count, object_bytes=size)
            for f, (count, size) in figures.items()
        ],
    )
    return lake


def test_instructions_and_bytes_are_set_against_each_other(disagreeing: Lake) -> None:
    rows = answer(disagreeing, "count_against_bytes")
    assert [tuple(row.values()) for row in rows] == [
        ("fewer", "more", 2, 4, -6),
        ("fewer", "fewer", 1, 2, 10),
        ("same", "same", 1, 0, 0),
    ]


def test_functions_on_which_the_two_disagree_are_named(disagreeing: Lake) -> None:
    rows = answer(disagreeing, "disagreements")
    assert [(row["name"], row["instructions_saved"], row["bytes_lost"]) for row in rows] == [
        ("f2", 1, 4),
        ("f3", 3, 2),
    ]


def test_lists_are_counted_by_their_length(lake: Lake, won: Callable[..., None]) -> None:
    won(f1=("a", 8), f2=("b", 9), f3=("default<O1>,a", 5), f4=("default<Oz>", 10))
    assert [tuple(row.values()) for row in answer(lake, "list_lengths")] == [
        (1, 2, pytest.approx(2 / 3), 0, 3),
        (2, 1, pytest.approx(1 / 3), 1, 5),
    ]


def test_strategies_meet_on_the_functions_that_both_searched(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    figures = [("local", "f1", 5), ("local", "f2", 9), ("random", "f1", 8), ("random", "f2", 8)]
    put(
        winners=[
            row("winners", strategy=s, campaign_id=s, function_id=f, instructions=n, cpu_s=2.0)
            for s, f, n in [*figures, ("local", "f3", 1), ("local", "f2", 9)]
        ]
    )
    assert answer(lake, "head_to_head") == [
        {
            "first": "local",
            "second": "random",
            "functions": 2,
            "first_wins": 1,
            "second_wins": 1,
            "instructions_first": 14,
            "instructions_second": 16,
            "first_over_second": pytest.approx(16 / 14 - 1),
            "cpu_s_first": 4.0,
            "cpu_s_second": 4.0,
        }
    ]
