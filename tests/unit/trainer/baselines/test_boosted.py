import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.baselines.boosted import Boosted, BoostedOptions, ranked, rows_of
from trainer.baselines.boosted_trees import Forest, TreeOptions, _tree, boost
from trainer.baselines.learned_coreset import CoresetOptions
from trainer.errors import ModelMissing
from trainer.methods.base import Question, TrainingData
from trainer.methods.registry import made

SMALL = BoostedOptions(
    CoresetOptions(lists=4, candidates=5, probes=10, functions=24, valid=10),
    TreeOptions(trees=20, least_leaf=2),
)
RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(300, 6)).astype(np.float32)
VALUES = np.stack([ROWS[:, 0] > 0, ROWS[:, 1] * ROWS[:, 2] > 0], axis=1).astype(np.float32)


def test_a_tree_says_what_scikit_learn_says() -> None:
    fitted = DecisionTreeRegressor(max_depth=6, random_state=0).fit(ROWS, VALUES)
    ours = _tree(fitted.tree_, 1.0)
    unseen = np.concatenate([RANDOM.normal(size=(500, 6)).astype(np.float32), ROWS])
    # Rows that lie on a threshold are the ones that rounding would send astray.
    on_it = ROWS[: len(ours.threshold)].copy()
    on_it[np.arange(len(on_it)), ours.feature[: len(on_it)]] = ours.threshold[: len(on_it)]
    for rows in (unseen, on_it):
        np.testing.assert_allclose(ours.predict(rows), fitted.predict(rows), atol=1e-6)


def test_each_tree_brings_the_prediction_nearer() -> None:
    forest = boost(ROWS, VALUES, TreeOptions(trees=60, features=1.0), seed=0)
    errors = [float(np.square(one - VALUES).mean()) for one in forest.steps(ROWS)]
    assert errors[0] == pytest.approx(VALUES.var(axis=0).mean(), rel=1e-5)
    assert errors[-1] < errors[0] / 4
    assert sum(after < before for before, after in itertools.pairwise(errors)) > 50


def test_a_forest_is_read_as_it_was_written(tmp_path: Path) -> None:
    forest = boost(ROWS, VALUES, TreeOptions(trees=5), seed=0)
    for trees in (0, 1, 5):
        first = forest.first(trees)
        first.save(tmp_path / "forest.npz")
        read = Forest.load(tmp_path / "forest.npz")
        assert (read.predict(ROWS) == first.predict(ROWS)).all()
        assert len(read.trees) == trees


@pytest.fixture(scope="module")
def learned(
    data: TrainingData, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("models") / "boosted"
    folder.mkdir()
    return folder, Boosted(SMALL).train(data, folder, sandbox, seed=1, say=lambda _: None)


def test_training_repeats_to_the_byte(
    learned: tuple[Path, Any], data: TrainingData, sandbox: Sandbox
) -> None:
    folder, results = learned
    assert json.loads(json.dumps(results)) == results
    again = folder.with_name("again")
    again.mkdir()
    assert Boosted(SMALL).train(data, again, sandbox, seed=1, say=lambda _: None) == results
    for name in ("forest.npz", "boosted.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_one_row_is_untested_and_one_tries_ten(
    learned: tuple[Path, Any], questions: list[Question], counting: Callable[..., Any]
) -> None:
    folder, _ = learned
    lists = json.loads((folder / "boosted.json").read_text())["lists"]
    untested, ten = Boosted(SMALL).methods(folder)
    assert (untested.name, ten.name) == ("boosted:0", "boosted:10")
    compiler = counting({})
    assert made(untested).answer(questions[0], compiler) in lists
    assert compiler.compilations == 0
    assert made(ten).answer(questions[0], counting({lists[2]: 1})) == lists[2]


def test_the_features_are_of_the_function_alone(questions: list[Question]) -> None:
    rows = rows_of([one.ir for one in questions])
    alone = rows_of([questions[3].ir])
    assert (rows[3] == alone[0]).all()


def test_a_damaged_forest_is_refused(learned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = learned
    (tmp_path / "boosted.json").write_bytes((folder / "boosted.json").read_bytes())
    (tmp_path / "forest.npz").write_bytes((folder / "forest.npz").read_bytes()[:-40])
    with pytest.raises(ModelMissing, match="holds no trees"):
        ranked(folder=str(tmp_path), tries=1)


def test_vectors_of_another_version_are_refused(learned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = learned
    about = json.loads((folder / "boosted.json").read_text())
    (tmp_path / "boosted.json").write_text(json.dumps(about | {"features": "0"}))
    with pytest.raises(ModelMissing, match="vectors of version 0"):
        ranked(folder=str(tmp_path), tries=1)
