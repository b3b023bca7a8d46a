import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpus.golden import golden_functions
from corpus.llvm.baselines import OZ
from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.baselines.coreset_nvp import CoresetNvp, CoresetNvpOptions, predicted
from trainer.baselines.learned_coreset import CoresetOptions
from trainer.baselines.nvp import GraphNetwork, NvpOptions, batch_of, fit, scores, targets
from trainer.baselines.program_graph import (
    CALL,
    CONTROL,
    DATA,
    OPCODES,
    TYPES,
    program_graph,
)
from trainer.errors import ModelMissing, NoLabels
from trainer.methods.base import Question, TrainingData
from trainer.methods.registry import made

LOOP = """
@counter = global i32 0

define i32 @f(i32 %n) {
  br label %head

head:                                             ; preds = %head, %0
  %i = phi i32 [ 0, %0 ], [ %next, %head ]
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %n
  br i1 %more, label %head, label %done

done:                                             ; preds = %head
  store i32 %next, ptr @counter, align 4
  %again = call i32 @f(i32 %next)
  ret i32 %again
}
"""
ARGUMENT, BRANCH, PHI, ADD, COMPARE, BACK, STORE, CALLING, RETURN, CONSTANT, COUNTER = range(11)

SMALL = CoresetNvpOptions(
    CoresetOptions(lists=4, candidates=5, probes=10, functions=24, valid=10),
    {"hidden": 8, "rounds": 2, "epochs": 2},
)


def edges(kind: int) -> set[tuple[int, int]]:
    found = program_graph(LOOP).edges
    return {(int(before), int(after)) for one, before, after in found.T if one == kind}


def test_nodes_are_instructions_and_what_they_use_that_is_none() -> None:
    graph = program_graph(LOOP)
    assert [OPCODES[one] for one in graph.opcodes] == [
        *("argument", "br", "phi", "add", "icmp", "br", "store", "call", "ret"),
        *("constant", "global"),
    ]
    kinds = [TYPES[one] for one in graph.types]
    assert (kinds[ADD], kinds[BACK], kinds[COUNTER]) == ("i32", "i1", "ptr")


def test_control_goes_on_within_blocks_and_to_the_first_of_the_next() -> None:
    inside = {(PHI, ADD), (ADD, COMPARE), (COMPARE, BACK), (STORE, CALLING), (CALLING, RETURN)}
    assert edges(CONTROL) == inside | {(BRANCH, PHI), (BACK, PHI), (BACK, STORE)}


def test_data_goes_from_what_is_defined_to_what_uses_it() -> None:
    assert edges(DATA) == {
        *{(CONSTANT, PHI), (ADD, PHI), (PHI, ADD), (CONSTANT, ADD), (ADD, COMPARE)},
        *{(ARGUMENT, COMPARE), (COMPARE, BACK), (ADD, STORE), (COUNTER, STORE), (ADD, CALLING)},
        (CALLING, RETURN),
    }


def test_a_call_of_a_definition_goes_to_its_first_instruction() -> None:
    assert edges(CALL) == {(CALLING, BRANCH)}


@pytest.fixture(scope="module")
def graphs() -> list[Any]:
    return [program_graph(one.ir) for one in golden_functions()]


def test_a_function_scores_the_same_among_others(graphs: list[Any]) -> None:
    network = GraphNetwork(6, NvpOptions(hidden=16, rounds=3), seed=0)
    alone = scores(network, graphs, 1)
    together = scores(network, graphs, 1_000_000)
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_the_order_of_edges_says_nothing_and_their_kind_does() -> None:
    network = GraphNetwork(3, NvpOptions(hidden=16, rounds=2), seed=0)
    one = program_graph(LOOP)
    said = scores(network, [one], 1)
    shuffled = one.edges[:, np.random.default_rng(0).permutation(one.edges.shape[1])]
    again = scores(network, [type(one)(one.opcodes, one.types, shuffled)], 1)
    np.testing.assert_allclose(said, again, atol=1e-5)
    other = one.edges.copy()
    other[0] = DATA
    assert not np.allclose(said, scores(network, [type(one)(one.opcodes, one.types, other)], 1))


def test_targets_are_a_distribution_that_prefers_what_is_smaller() -> None:
    found = targets(np.array([[90, 100, 400]]), np.array([100]), 0.1)
    np.testing.assert_allclose(found.sum(1), [1.0], rtol=1e-6)
    np.testing.assert_allclose(torch.log(found[0, 0] / found[0, 1]), 1.0, rtol=1e-4)
    assert found[0, 2] < 1e-4


def test_the_network_learns_which_functions_a_list_is_good_for(graphs: list[Any]) -> None:
    loops = np.array([bool((one.edges[0] == CONTROL).sum() > one.num_nodes) for one in graphs])
    phased = np.where(loops[:, None], [[0.9, 0.1]], [[0.1, 0.9]])
    options = NvpOptions(hidden=16, rounds=2, epochs=30, learning_rate=1e-2, nodes=300)
    network = GraphNetwork(2, options, seed=0)
    losses: list[float] = []
    wanted = torch.from_numpy(phased).float()
    fit(network, graphs, wanted, options, 0, lambda _, loss: losses.append(loss))
    right = scores(network, graphs, 1000).argmax(axis=1) == np.where(loops, 0, 1)
    assert right.mean() > 0.9
    assert losses[-1] < losses[0]
    assert 0 < loops.mean() < 1


def test_a_batch_holds_its_graphs_side_by_side(graphs: list[Any]) -> None:
    batch = batch_of(graphs[:3])
    ends = torch.cat([after for _, after in batch.edges])
    assert batch.num_graphs == 3
    assert len(batch.opcodes) == len(batch.graph_of) == sum(one.num_nodes for one in graphs[:3])
    assert int(ends.max()) < len(batch.opcodes)


@pytest.fixture(scope="module")
def learned(
    data: TrainingData, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("models") / "coreset_nvp"
    folder.mkdir()
    results = CoresetNvp(SMALL).train(data, folder, sandbox, seed=1, say=lambda _: None)
    return folder, results


def test_the_coreset_has_oz_first_and_winners_after_it(learned: tuple[Path, Any]) -> None:
    folder, results = learned
    assert json.loads(json.dumps(results)) == results
    lists = json.loads((folder / "network.json").read_text())["lists"]
    assert lists[0] == OZ
    assert 1 < len(lists) == results["lists"] <= 4
    assert set(results["trained"]) == {"1", "5", "45"}
    assert [point["epoch"] for point in results["curve"]] == [0, 1, 2]


def test_a_coreset_that_is_given_is_taken_as_it_is(
    data: TrainingData, sandbox: Sandbox, tmp_path: Path
) -> None:
    theirs = ("function(sroa)", "default<O1>")
    options = CoresetNvpOptions(replace(SMALL.coreset, given=theirs), SMALL.network)
    learner = CoresetNvp(options, kind="theirs")
    results = learner.train(data, tmp_path, sandbox, seed=1, say=lambda _: None)
    assert json.loads((tmp_path / "network.json").read_text())["lists"] == [OZ, *theirs]
    assert results["evaluations"] == 3 * (results["training_functions"] + 10)
    assert next(one.name for one in learner.methods(tmp_path)) == "theirs:1"


def test_training_again_measures_nothing_and_repeats_to_the_byte(
    learned: tuple[Path, Any], data: TrainingData, sandbox: Sandbox
) -> None:
    folder, results = learned
    again = folder.with_name("again")
    again.mkdir()
    said: list[str] = []
    repeated = CoresetNvp(SMALL).train(data, again, sandbox, seed=1, say=said.append)
    assert repeated == results
    assert not [line for line in said if line.startswith("measuring")]
    assert (again / "network.npz").read_bytes() == (folder / "network.npz").read_bytes()


def test_each_row_tries_as_many_lists_as_its_name_says(
    learned: tuple[Path, Any], questions: list[Question], counting: Callable[..., Any]
) -> None:
    folder, _ = learned
    lists = json.loads((folder / "network.json").read_text())["lists"]
    specs = CoresetNvp(SMALL).methods(folder)
    assert [spec.name for spec in specs] == ["coreset_nvp:1", "coreset_nvp:5", "coreset_nvp:45"]
    one, _, all_of_them = (made(spec) for spec in specs)
    compiler = counting(dict(zip(lists, (5, 4, 3, 2), strict=False)))
    assert all_of_them.answer(questions[0], compiler) == lists[-1]
    assert compiler.compilations == len(lists)
    compiler = counting({})
    assert one.answer(questions[0], compiler) == OZ
    assert compiler.compilations == 1


def test_answers_do_not_depend_on_what_else_is_asked(
    learned: tuple[Path, Any], questions: list[Question], counting: Callable[..., Any]
) -> None:
    folder, _ = learned
    together = predicted(folder=str(folder), tries=1)
    together.prepare(questions)
    for question in questions:
        alone, grouped = counting({}), counting({})
        predicted(folder=str(folder), tries=1).answer(question, alone)
        together.answer(question, grouped)
        assert alone.asked == grouped.asked


def test_a_damaged_network_is_refused(learned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = learned
    (tmp_path / "network.json").write_bytes((folder / "network.json").read_bytes())
    (tmp_path / "network.npz").write_bytes((folder / "network.npz").read_bytes()[:200])
    with pytest.raises(ModelMissing, match="holds no network"):
        predicted(folder=str(tmp_path), tries=1)


def test_graphs_of_another_version_are_refused(learned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = learned
    about = json.loads((folder / "network.json").read_text())
    (tmp_path / "network.json").write_text(json.dumps(about | {"graph": "0"}))
    with pytest.raises(ModelMissing, match="graphs of version 0"):
        predicted(folder=str(tmp_path), tries=1)


def test_where_nothing_beats_oz_there_is_no_coreset(
    data: TrainingData, sandbox: Sandbox, tmp_path: Path
) -> None:
    kept = [one for one in data.train() if one.optimised_instructions >= one.oz_instructions]
    best = TrainingData(lambda: iter(kept), data.valid)
    with pytest.raises(NoLabels, match="beats -Oz"):
        CoresetNvp(SMALL).train(best, tmp_path, sandbox, seed=0, say=lambda _: None)
