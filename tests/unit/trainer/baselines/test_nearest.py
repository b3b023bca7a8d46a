import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus import features
from corpus.golden import golden_functions
from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.baselines.nearest import Nearest, NearestOptions, Neighbours, neighbours
from trainer.baselines.sampling import draw, draw_even
from trainer.errors import ModelMissing, NoLabels
from trainer.methods.base import Question, TrainingData
from trainer.methods.registry import made

SMALL = NearestOptions(functions=50, valid=10)


def test_the_nearest_wins_and_votes_overrule_it() -> None:
    irs = [one.ir for one in golden_functions()[:5]]
    vectors = np.array([features.features(one) for one in irs], dtype=np.float32)
    own = Neighbours(vectors, [0, 1, 2, 3, 4], 1)
    assert [own.order(ir)[0] for ir in irs] == [0, 1, 2, 3, 4]
    elected = Neighbours(vectors, [7, 9, 9, 9, 9], 5).order(irs[0])
    assert elected == [9, 7]


@pytest.fixture(scope="module")
def learned(
    data: TrainingData, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("nearest")
    return folder, Nearest(SMALL).train(data, folder, sandbox, seed=1, say=lambda _: None)


def test_the_number_of_voters_is_the_best_on_the_valid_split(learned: tuple[Path, Any]) -> None:
    _, results = learned
    assert json.loads(json.dumps(results)) == results
    curve = {
        int(voters): figures["0"]["improvement_over_oz"]
        for voters, figures in results["curve"].items()
    }
    assert curve[results["voters"]] == max(curve.values())
    assert results["trained"] == results["curve"][str(results["voters"])]


def test_training_repeats_to_the_byte(
    learned: tuple[Path, Any], data: TrainingData, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder, results = learned
    assert Nearest(SMALL).train(data, tmp_path, sandbox, seed=1, say=lambda _: None) == results
    for name in ("known.npz", "nearest.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_training_function_gets_its_own_winner_untested(
    learned: tuple[Path, Any], data: TrainingData, counting: Callable[..., Any], tmp_path: Path
) -> None:
    folder, _ = learned
    about = json.loads((folder / "nearest.json").read_text())
    (tmp_path / "nearest.json").write_text(json.dumps(about | {"voters": 1}))
    (tmp_path / "known.npz").write_bytes((folder / "known.npz").read_bytes())
    (untested, _) = Nearest(SMALL).methods(tmp_path)
    label = next(data.train())
    question = Question(label.function_id, label.ir, label.text, label.instructions)
    compiler = counting({})
    assert made(untested).answer(question, compiler) == label.pass_list
    assert compiler.compilations == 0


def test_ten_tries_are_of_different_lists(
    learned: tuple[Path, Any], questions: list[Question], counting: Callable[..., Any]
) -> None:
    folder, _ = learned
    compiler = counting({})
    neighbours(folder=str(folder), tries=10).answer(questions[0], compiler)
    assert 1 < compiler.compilations == len(set(compiler.asked)) <= 10


def test_what_holds_no_neighbours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="train it again"):
        neighbours(folder=str(tmp_path), tries=0)
    (tmp_path / "nearest.json").write_text(json.dumps({"features": "0"}))
    with pytest.raises(ModelMissing, match="vectors of version 0"):
        neighbours(folder=str(tmp_path), tries=0)


def test_nothing_won_is_nothing_to_remember(sandbox: Sandbox, tmp_path: Path) -> None:
    nothing = TrainingData(lambda: iter(()), lambda: iter(()))
    with pytest.raises(NoLabels, match="no function with a list"):
        Nearest(SMALL).train(nothing, tmp_path, sandbox, seed=0, say=lambda _: None)


def test_a_draw_depends_on_no_order(data: TrainingData) -> None:
    labels = list(data.train())
    assert draw(labels, 5, 0) == draw(labels[::-1], 5, 0)
    assert draw(labels, 5, 0) != draw(labels, 5, 1)
    assert draw(labels, 99, 0, most_instructions=20) == sorted(
        (one for one in labels if one.instructions <= 20), key=draw(labels, 99, 0).index
    )


def test_half_of_an_even_draw_beats_oz_where_so_many_do(data: TrainingData) -> None:
    better = [one for one in data.train() if one.optimised_instructions < one.oz_instructions]
    drawn = draw_even(data.train, 8, 0)
    found = [one for one in drawn if one.optimised_instructions < one.oz_instructions]
    assert len(drawn) == 8
    assert len(found) == min(4, len(better)) > 0
