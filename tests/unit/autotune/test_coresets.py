import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from autotune.campaign import Campaign, run_campaign
from autotune.coresets import Coreset, NoCoreset, encoded, find, latest, store, stored
from autotune.errors import BadOption
from autotune.executors.inline import InlineExecutor
from autotune.export_known import export_known
from autotune.import_lists import import_lists
from autotune.knowledge import Knowledge, known, pin
from autotune.learn_coreset import LEAST_FUNCTIONS, Trials, learn
from autotune.search.base import OBJECTIVES
from autotune.shipped import shipped
from autotune.tune_options import TuneOptions
from corpus.features import FEATURES
from corpus.llvm.baselines import OZ
from corpus.llvm.passes import PassSpace
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from warehouse.lake import Lake

SPACE = PassSpace.load()
TOOLCHAIN = find_toolchain()
Saved = NDArray[np.int64]
SROA, GVN = "function(sroa)", "function(gvn)"

savings = st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=1, max_size=8).map(
    lambda rows: np.array(rows, dtype=np.int64)
)


def coreset_of(*lists: str, objective: str = "instructions") -> Coreset:
    return Coreset(objective, SPACE.version, TOOLCHAIN.fingerprint, lists)


def trials_of(saved: Saved) -> Trials:
    functions, lists = saved.shape
    sizes, oz = np.full((2, functions), 20, dtype=np.int64)
    return Trials(tuple((one,) for one in range(lists)), sizes, oz, saved)


def tune(
    lake: Lake,
    strategy: str,
    *,
    evaluations: int | None = None,
    most: int | None = None,
    sample: int | None = None,
) -> Campaign:
    asked = TuneOptions(strategy, "instructions", evaluations, None, seed=0)
    selected = select(lake, Selection(max_instructions=most, sample=sample))
    campaign = Campaign.start(lake, asked, TOOLCHAIN, selected)
    run_campaign(lake, campaign, TOOLCHAIN, InlineExecutor(lake))
    return campaign


@pytest.fixture
def training_lake(golden_corpus: Path, tmp_path: Path) -> Lake:
    """A lake with the golden functions as if they were of a training program."""
    rows = Lake.open(golden_corpus).read("functions")
    split = pa.array(["train"] * rows.num_rows)
    rows = rows.set_column(rows.schema.get_field_index("split"), rows.schema.field("split"), split)
    lake = Lake.open(tmp_path / "training-lake", create=True)
    lake.commit("fixture", 0, [lake.stage("functions", rows, name="fixture")])
    return lake


@given(savings)
def test_each_list_of_a_greedy_choice_saves_most_on_top_of_those_before_it(saved: Saved) -> None:
    trials = trials_of(saved)
    reached = np.zeros(len(saved), dtype=np.int64)
    for one in trials.greedy(5):
        more = np.maximum(saved - reached[:, None], 0).sum(axis=0)
        assert more[one] == more.max() > 0
        reached = np.maximum(reached, saved[:, one])
    assert (reached == saved.max(axis=1)).all()


@given(savings, st.integers(1, 5))
def test_gains_never_fall_and_end_at_the_pooled_improvement(saved: Saved, most: int) -> None:
    trials = trials_of(saved)
    chosen = trials.greedy(most)
    gains = trials.gains(chosen)
    assert list(gains) == sorted(gains)
    left = trials.oz.sum() - saved[:, chosen].max(axis=1, initial=0).sum()
    assert [*gains, 0.0][max(len(gains) - 1, 0)] == pytest.approx(trials.oz.sum() / left - 1)


def test_a_cheap_list_comes_before_a_dear_one_that_saves_a_little_more() -> None:
    trials = trials_of(np.array([[3, 4]], dtype=np.int64))
    assert trials.greedy(1) == [1]
    assert trials.greedy(1, np.array([1.0, 10.0])) == [0]


def test_the_latest_coreset_of_an_objective_counts(golden_lake: Lake) -> None:
    first, second = coreset_of(SROA), coreset_of(GVN, SROA)
    other = coreset_of(GVN, objective="object_bytes")
    for one in (first, second, other):
        store(golden_lake, one)
    assert stored(golden_lake) == [other, second, first]
    assert latest(golden_lake, "instructions") == second
    store(golden_lake, first)
    assert latest(golden_lake, "instructions") == first
    assert find(golden_lake, second.coreset_id[:9]) == second


def test_a_coreset_that_is_not_there_is_named_with_those_that_are(golden_lake: Lake) -> None:
    store(golden_lake, coreset_of(SROA))
    with pytest.raises(NoCoreset, match=coreset_of(SROA).coreset_id):
        find(golden_lake, "0123")


def test_lists_with_passes_that_the_space_lacks_or_bars_are_left_out() -> None:
    assert encoded([SROA, "attributor", "function(no-such-pass)"], SPACE) == [
        (SPACE.by_text[SROA].pass_id,)
    ]


def test_a_coreset_is_learned_from_what_was_tried_on_many_functions(training_lake: Lake) -> None:
    store(training_lake, coreset_of("default<O1>", "default<O2>", f"{SROA},{GVN},function(dse)"))
    tune(training_lake, "coreset")
    learned = learn(training_lake, SPACE, TOOLCHAIN.fingerprint, objective="instructions")
    assert learned.lists
    assert set(learned.lists) <= set(coreset_of("default<O1>", "default<O2>").lists) | {
        f"{SROA},{GVN},function(dse)"
    }
    (again,) = [learn(training_lake, SPACE, TOOLCHAIN.fingerprint, objective="instructions")]
    assert again == learned


def test_nothing_is_learned_from_lists_tried_on_few_functions(training_lake: Lake) -> None:
    store(training_lake, coreset_of("default<O1>"))
    tune(training_lake, "coreset", most=11, sample=LEAST_FUNCTIONS - 1)
    with pytest.raises(NoCoreset, match="broadcast"):
        learn(training_lake, SPACE, TOOLCHAIN.fingerprint, objective="instructions")


def test_flags_of_llvm_10_are_imported_and_what_is_dropped_is_said(tmp_path: Path) -> None:
    file = tmp_path / "lists.txt"
    file.write_text(f"# published\n-sroa -newgvn -prune-eh -gvn\n\n{SROA},{GVN}\nsroa\n")
    imported = import_lists(file, SPACE, "llvm", "instructions")
    assert imported.coreset.lists == (f"{SROA},{GVN}", SROA)
    assert (dict(imported.absent), dict(imported.barred)) == ({"-prune-eh": 1}, {"-newgvn": 1})
    assert "barred: -newgvn (1)" in " ".join(imported.lines())


@pytest.mark.parametrize(
    ("text", "said"),
    [("-no-such-flag\n", "line 1"), ("function(\n", "line 1"), ("# none\n", "has no list")],
)
def test_a_file_that_holds_no_lists_is_refused_by_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "lists.txt"
    file.write_text(text)
    with pytest.raises(BadOption, match=said):
        import_lists(file, SPACE, "llvm", "instructions")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_is_shipped_is_of_the_space_and_of_todays_vectors(objective: str) -> None:
    ours = shipped(objective)
    assert len(ours.coreset.lists) > 20
    assert len(encoded(ours.coreset.lists, SPACE)) == len(ours.coreset.lists)
    assert list(ours.coreset.gains) == sorted(ours.coreset.gains)
    winners = ours.known(SPACE)
    assert len(winners) > 50
    assert {len(one.vector) for one in winners} == {len(FEATURES)}
    assert all(one.saved > 0 for one in winners)


def test_what_is_not_shipped_is_empty() -> None:
    assert shipped("nothing").coreset.lists == ()


def test_an_exported_lake_reads_as_what_is_shipped(training_lake: Lake, tmp_path: Path) -> None:
    store(training_lake, coreset_of(SROA))
    tune(training_lake, "portfolio", evaluations=10, most=40)
    file = tmp_path / "known_instructions.json"
    done = export_known(
        training_lake, SPACE, file, objective="instructions", coreset_id=None, winners=3
    )
    read = json.loads(file.read_text())
    assert done == {"coreset_id": coreset_of(SROA).coreset_id, "lists": 1, "winners": 3}
    assert [one["pass_list"] for one in read["coreset"]] == [SROA]
    assert [one["saved"] for one in read["winners"]] == sorted(
        (one["saved"] for one in read["winners"]), reverse=True
    )


def test_a_campaign_goes_on_with_what_it_knew_when_it_started(golden_lake: Lake) -> None:
    budget = {"most": 14, "evaluations": 10}
    first = tune(golden_lake, "portfolio", **budget)
    tune(golden_lake, "portfolio", most=14, evaluations=9)  # another campaign, new winners
    assert tune(golden_lake, "portfolio", **budget) == first
    store(golden_lake, coreset_of(SROA))
    assert tune(golden_lake, "portfolio", **budget) != first


def test_winners_of_other_functions_are_known_and_ones_own_is_not(golden_lake: Lake) -> None:
    tune(golden_lake, "portfolio", most=40, evaluations=10)
    pins = pin(golden_lake, "instructions", "none")
    assert Knowledge.of_document(json.loads(json.dumps(pins.document()))) == pins
    found = known(golden_lake, pins)
    assert found.coreset == ()
    (winner, *_) = [
        row for row in golden_lake.read("winners").to_pylist() if row["pass_list"] != OZ
    ]
    (own,) = encoded([winner["pass_list"]], SPACE)
    assert own in found.winners
    ir = {row["function_id"]: row["ir"] for row in golden_lake.read("functions").to_pylist()}
    elsewhere = found.neighbours("another function", ir[winner["function_id"]])
    assert elsewhere[0] == own
    assert found.neighbours(winner["function_id"], ir[winner["function_id"]])[0] != own


def test_a_worker_with_other_shipped_lists_says_so(golden_lake: Lake) -> None:
    pins = pin(golden_lake, "instructions", None).document() | {"shipped": "0" * 16}
    with pytest.raises(BadOption, match="install the same one"):
        Knowledge.of_document(pins)


def test_vectors_are_logarithms_of_counts() -> None:
    assert math.log1p(shipped("instructions").winners[0]["counts"][0]) == pytest.approx(
        shipped("instructions").known(SPACE)[0].vector[0]
    )
