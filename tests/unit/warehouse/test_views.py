"""What the views promise: aliases, texts of pass lists, and which list is best."""

# ruff: noqa: S106  (a pass list is no password)

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import schema, sql
from warehouse.lake import Lake

Row = dict[str, Any]
MakeRow = Callable[..., Row]
Put = Callable[..., None]

OZ = "default<Oz>"


@pytest.fixture
def best(lake: Lake) -> Callable[..., list[Row]]:
    """The rows of `best`, with the named columns only."""

    def ask(*columns: str) -> list[Row]:
        return sql.run(lake, "FROM best ORDER BY ALL").select(list(columns)).to_pylist()

    return ask


def test_aliases_are_the_other_names_sorted_and_once(lake: Lake, put: Put, row: MakeRow) -> None:
    names = ["main", "zeta", "alpha", "zeta"]
    put(
        functions=[row("functions"), row("functions", function_id="f2", name="alone")],
        occurrences=[row("occurrences", name=name) for name in names],
    )
    asked = sql.run(lake, "SELECT name, aliases FROM functions ORDER BY name")
    assert asked.to_pylist() == [
        {"name": "alone", "aliases": []},
        {"name": "main", "aliases": ["alpha", "zeta"]},
    ]


def test_the_text_of_a_pass_list_comes_from_its_own_pass_space(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    texts = {"22-a": ["function(sroa)", "function(simplifycfg<a;b>)", OZ], "22-b": ["globaldce"]}
    put(
        passes=[
            row("passes", pass_space=space, pass_id=number, text=text, name=text)
            for space, listed in texts.items()
            for number, text in enumerate(listed)
        ]
        + [row("passes", pass_space="22-a", pass_id=None, text="x", name="x", barred="wrong code")],
        evaluations=[
            row("evaluations", ordinal=0, pass_space="22-a", pass_ids=[1, 0, 1]),
            row("evaluations", ordinal=1, pass_space="22-b", pass_ids=[0]),
            row("evaluations", ordinal=2, pass_space="22-a", pass_ids=[]),
            row("evaluations", ordinal=3, pass_space="22-a", pass_ids=[2]),
            row("evaluations", ordinal=4, pass_space="22-b", pass_ids=[0, 1]),  # no such pass
            row("evaluations", ordinal=5, pass_space="23-c", pass_ids=[0]),  # no such space
        ],
    )
    asked = sql.run(lake, "SELECT pass_list FROM evaluations ORDER BY ordinal")
    assert asked.column("pass_list").to_pylist() == [
        "function(simplifycfg<a;b>),function(sroa),function(simplifycfg<a;b>)",
        "globaldce",
        "",
        OZ,
        None,
        None,
    ]


def test_a_pass_space_that_two_campaigns_stored_is_one(lake: Lake, put: Put, row: MakeRow) -> None:
    put(passes=[row("passes", text="globaldce")], evaluations=[row("evaluations")])
    put(passes=[row("passes", text="globaldce")])
    assert sql.run(lake, "FROM evaluations").column("pass_list").to_pylist() == ["globaldce"]


def test_there_is_one_best_row_per_function_objective_and_toolchain(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    keys = [
        {"function_id": function, "objective": objective, "toolchain": toolchain}
        for function in ("f1", "f2")
        for objective in ("instructions", "object_bytes")
        for toolchain in ("llvm-22", "llvm-23")
    ]
    put(winners=[row("winners", campaign_id=c, **key) for key in keys for c in ("c1", "c2")])
    assert best("function_id", "objective", "toolchain") == keys


@pytest.mark.parametrize(
    ("objective", "list_"), [("instructions", "fewer"), ("object_bytes", "smaller")]
)
def test_the_lowest_value_of_the_objective_is_best(
    put: Put, row: MakeRow, best: Callable[..., list[Row]], objective: str, list_: str
) -> None:
    kind = {"objective": objective}
    put(
        winners=[
            row("winners", pass_list="fewer", instructions=7, object_bytes=90, **kind),
            row("winners", pass_list="smaller", instructions=8, object_bytes=80, **kind),
        ]
    )
    assert best("pass_list") == [{"pass_list": list_}]


def test_ties_go_to_fewer_passes_then_to_the_text(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    put(
        winners=[
            row("winners", pass_list="a,b", num_passes=2),
            row("winners", pass_list="z", num_passes=1),
            row("winners", pass_list="y", num_passes=1, campaign_id="c2"),
        ]
    )
    assert best("pass_list", "campaign_id") == [{"pass_list": "y", "campaign_id": "c2"}]


def test_a_list_that_two_campaigns_found_is_the_first_campaigns_by_id(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    put(winners=[row("winners", campaign_id=c, seed=n) for n, c in enumerate(("c9", "c1"))])
    assert best("campaign_id", "seed") == [{"campaign_id": "c1", "seed": 1}]


def test_a_refuted_winner_makes_room_for_the_next_best(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    put(
        winners=[
            row("winners", pass_list="wrong", instructions=1),
            row("winners", pass_list="right", instructions=8, campaign_id="c2"),
        ],
        verdicts=[row("verdicts", pass_list="wrong", verdict="refuted")],
    )
    assert best("pass_list", "gate") == [{"pass_list": "right", "gate": "not_run"}]


def test_a_function_whose_every_winner_is_refuted_falls_back_to_oz(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    put(
        winners=[row("winners", pass_list="wrong", num_passes=5, instructions=1, object_bytes=2)],
        verdicts=[row("verdicts", pass_list="wrong", verdict="refuted")],
    )
    assert best(
        "pass_list", "num_passes", "instructions", "object_bytes", "optimised_ir", "stable", "gate"
    ) == [
        {
            "pass_list": OZ,
            "num_passes": 1,
            "instructions": 10,
            "object_bytes": 100,
            "optimised_ir": None,
            "stable": None,
            "gate": "same_as_oz",
        }
    ]
    assert best("campaign_id", "evaluations", "cpu_s") == [
        {"campaign_id": "campaign", "evaluations": 300, "cpu_s": 1.5}
    ]


def test_a_campaign_that_found_oz_itself_goes_before_a_stand_in(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    put(
        winners=[
            row("winners", campaign_id="c1", pass_list="wrong", instructions=1),
            row("winners", campaign_id="c2", pass_list=OZ, instructions=10),
        ],
        verdicts=[row("verdicts", pass_list="wrong", verdict="refuted")],
    )
    assert best("campaign_id", "stable") == [{"campaign_id": "c2", "stable": True}]


def test_a_later_agreement_does_not_take_a_refutation_back(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    put(
        winners=[row("winners")],
        verdicts=[
            row("verdicts", verdict="refuted", decided_at=datetime(2026, 1, 1, tzinfo=UTC)),
            row("verdicts", verdict="agreed", decided_at=datetime(2026, 1, 2, tzinfo=UTC)),
        ],
    )
    assert best("gate") == [{"gate": "same_as_oz"}]


@pytest.mark.parametrize(
    "elsewhere", [{"function_id": "f2"}, {"pass_list": "other"}, {"toolchain": "llvm-23"}]
)
def test_a_refutation_of_something_else_does_not_count(
    put: Put, row: MakeRow, best: Callable[..., list[Row]], elsewhere: Row
) -> None:
    put(winners=[row("winners")], verdicts=[row("verdicts", verdict="refuted", **elsewhere)])
    assert best("pass_list", "gate") == [{"pass_list": "function(sroa)", "gate": "not_run"}]


def test_a_list_refuted_on_programs_is_barred_for_every_function(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    barred = row("verdicts", function_id=None, kind="programs", verdict="refuted")
    put(winners=[row("winners", function_id=f) for f in ("f1", "f2")], verdicts=[barred])
    assert best("function_id", "pass_list") == [
        {"function_id": "f1", "pass_list": OZ},
        {"function_id": "f2", "pass_list": OZ},
    ]


def test_oz_itself_is_never_refuted(put: Put, row: MakeRow, best: Callable[..., list[Row]]) -> None:
    put(
        winners=[row("winners", pass_list=OZ, instructions=10)],
        verdicts=[row("verdicts", pass_list=OZ, verdict="refuted")],
    )
    assert best("pass_list", "gate", "stable") == [
        {"pass_list": OZ, "gate": "same_as_oz", "stable": True}
    ]


def test_the_gate_is_the_latest_verdict_on_the_pair(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    days = [("agreed", 3), ("inconclusive", 5), ("agreed", 4)]
    put(
        winners=[row("winners")],
        verdicts=[
            row("verdicts", verdict=verdict, decided_at=datetime(2026, 1, day, tzinfo=UTC))
            for verdict, day in days
        ],
    )
    assert best("gate") == [{"gate": "inconclusive"}]


def test_agreement_on_programs_alone_says_nothing_of_the_function(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    on_programs = row("verdicts", function_id=None, kind="programs", verdict="agreed")
    put(winners=[row("winners")], verdicts=[on_programs])
    assert best("gate") == [{"gate": "not_run"}]


LISTS = st.sampled_from(["a", "b", "c,d", OZ])
WINNERS = st.lists(
    st.tuples(
        st.sampled_from(["f1", "f2"]),
        st.sampled_from(["c1", "c2", "c3"]),
        LISTS,
        st.integers(min_value=1, max_value=9),
    ),
    unique_by=lambda winner: winner[:2],
    min_size=1,
)
REFUTED = st.lists(st.tuples(st.sampled_from(["f1", "f2", None]), LISTS))


def expected(
    winners: list[tuple[str, str, str, int]], refuted: list[tuple[str | None, str]]
) -> dict[str, tuple[int, int, str]]:
    """The same rule in plain Python: value, passes and text of each function's best list."""
    found: dict[str, tuple[int, int, str]] = {}
    for function, _, list_, value in winners:
        barred = {(function, list_), (None, list_)} & set(refuted)
        stands = list_ == OZ or not barred
        answer = (value, len(list_.split(",")), list_) if stands else (10, 1, OZ)
        found[function] = min(found.get(function, answer), answer)
    return found


@settings(max_examples=25)
@given(winners=WINNERS, refuted=REFUTED)
def test_best_is_what_the_rule_says(
    row: MakeRow,
    winners: list[tuple[str, str, str, int]],
    refuted: list[tuple[str | None, str]],
) -> None:
    rows = {
        "winners": [
            row(
                "winners",
                function_id=function,
                campaign_id=campaign,
                pass_list=list_,
                num_passes=len(list_.split(",")),
                instructions=value,
            )
            for function, campaign, list_, value in winners
        ],
        "verdicts": [
            row("verdicts", function_id=function, pass_list=list_, verdict="refuted")
            for function, list_ in refuted
        ],
    }
    with TemporaryDirectory() as folder:
        lake = Lake.open(Path(folder), create=True)
        files = [lake.stage(t, schema.table_of(t, r), name=t) for t, r in rows.items()]
        lake.commit("w", 0, files)
        asked = sql.run(lake, "SELECT function_id, instructions, num_passes, pass_list FROM best")
    found = {one["function_id"]: tuple(one.values())[1:] for one in asked.to_pylist()}
    assert found == expected(winners, refuted)
    assert asked.num_rows == len(found)


def test_equal_judgements_of_several_tasks_are_one(lake: Lake, put: Put, row: MakeRow) -> None:
    put(
        verdicts=[
            row(
                "verdicts",
                verdict_id=name,
                task_id=task,
                decided_at=datetime(2026, 1, day, tzinfo=UTC),
            )
            for name, task, day in (("v1", "t2", 2), ("v1", "t1", 1), ("v2", "t1", 1))
        ]
    )
    asked = sql.run(lake, "SELECT verdict_id, task_id FROM verdicts ORDER BY ALL")
    assert asked.to_pylist() == [
        {"verdict_id": "v1", "task_id": "t1"},
        {"verdict_id": "v2", "task_id": "t1"},
    ]


def test_a_list_whose_count_does_not_repeat_leaves_best(
    put: Put, row: MakeRow, best: Callable[..., list[Row]]
) -> None:
    unstable = row("verdicts", kind="stability", verdict="refuted", reason="opt gave 7, then 8")
    put(winners=[row("winners")], verdicts=[unstable])
    assert best("pass_list", "gate") == [{"pass_list": OZ, "gate": "same_as_oz"}]
