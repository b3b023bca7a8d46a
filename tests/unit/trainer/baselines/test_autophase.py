import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpus.autophase_features import TOTAL_INSTRUCTIONS, autophase_features
from corpus.llvm.baselines import OZ
from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.baselines.autophase import AutoPhase, walked
from trainer.baselines.autophase_fitting import AutoPhaseOptions
from trainer.baselines.pass_walk import STEPS, WALK, Observer, PassWalks, width
from trainer.baselines.policy import Policy, uniform
from trainer.baselines.ppo import ActorCritic, Episodes, Ppo, PpoOptions, advantages
from trainer.baselines.walking import _worth, explore
from trainer.errors import ModelMissing, NoLabels
from trainer.methods.base import Question, TrainingData
from trainer.methods.registry import made

ACTIONS = ("a", "b", "c")
EVERY = np.ones((40, len(ACTIONS)), dtype=bool)
TINY = AutoPhaseOptions(probes=4, rounds=2, functions_a_round=2, episodes=2, valid=4, looks=1)


def walks(compiler: Any) -> PassWalks:  # noqa: ANN401 - a fixture's class
    ir = "define void @f(ptr %p) {\n" + "  store i32 0, ptr %p\n" * 9 + "  ret void\n}\n"
    return PassWalks(ir, ACTIONS, compiler.apply, Observer())


def sizes(one: PassWalks, *actions: int) -> list[int]:
    """The smallest size so far after each step."""
    seen = []
    for action in actions:
        one.step(action)
        seen.append(one.fewest)
    return seen


def test_the_answer_is_the_shortest_beginning_that_was_smallest(
    counting: Callable[..., Any],
) -> None:
    one = walks(counting({"a": 9, "a,b": 6, "a,b,a": 8, "a,b,a,c": 6}))
    assert sizes(one, 0, 1, 0, 2) == [9, 6, 6, 6]
    assert (one.instructions, one.best) == (6, "a,b")


def test_each_walk_begins_with_the_function_as_it_came(counting: Callable[..., Any]) -> None:
    compiler = counting({"a": 9, "a,a": 8, "a,a,a": 7, "b": 5})
    one = walks(compiler)
    assert sizes(one, *[0] * WALK, 1, 2) == [9, 8, 7, 7, 7, 5, 5]
    assert compiler.asked[-2:] == ["b", "b,c"]
    assert one.best == "b"


def test_a_pass_that_fails_leaves_the_function_and_the_list_as_they_were(
    counting: Callable[..., Any],
) -> None:
    one = walks(counting({"a": 9, "a,c": 7}))
    before = one.observation()
    assert sizes(one, 0, 1, 2) == [9, 9, 7]
    assert one.best == "a,c"
    histogram = one.observation()[56 : 56 + len(ACTIONS)]
    np.testing.assert_allclose(histogram, np.ones(3) / STEPS)
    assert len(before) == len(one.observation()) == width(ACTIONS)


def test_what_changed_nothing_is_open_elsewhere_and_closed_again_there(
    counting: Callable[..., Any],
) -> None:
    one = walks(counting({"a": 9, "a,b": 8, "a,b,a": 9}))
    opened = []
    for action in (2, 0, 1, 2, 0):
        one.step(action)
        opened.append(one.open().tolist())
    assert opened == [
        [True, True, False],  # c fails
        [True, True, True],  # a: smaller
        [True, True, True],  # b: smaller
        [True, True, False],  # c fails here, too
        [True, True, False],  # the next walk: what failed at its beginning is known
    ]
    tried = one.observation()[56 + len(ACTIONS) : 56 + 2 * len(ACTIONS)]
    assert tried.tolist() == [1, 0, 1]


def test_where_nothing_changes_anything_all_is_open(counting: Callable[..., Any]) -> None:
    one = walks(counting({}))
    sizes(one, 0, 1, 2)
    assert one.open().all()


def test_where_no_pass_helps_the_answer_is_oz(counting: Callable[..., Any]) -> None:
    one = walks(counting({"a": 10}))
    one.step(0)
    assert one.best == OZ


def test_rewards_add_up_to_what_an_episode_reached(data: TrainingData, sandbox: Sandbox) -> None:
    functions = list(data.train())[:3]
    seen = explore(sandbox, uniform(ACTIVE), functions, 2, np.random.default_rng(0))
    assert seen.rewards.shape == seen.actions.shape == (6, STEPS)
    assert seen.rewards.sum(axis=1).min() >= 0
    label = replace(functions[0], oz_instructions=40)
    worth = [_worth(label, [at]) for at in (Reached(80), Reached(40), Reached(20))]
    np.testing.assert_allclose(np.concatenate(worth), np.sqrt(40 / 25) * np.log([2**-0.1, 1, 2]))


ACTIVE = ("function(sroa)", "default<O1>", "function(instcombine<no-verify-fixpoint>)")


@dataclass
class Reached:
    """An episode that has come to a size."""

    fewest: int


def test_advantages_are_what_comes_less_what_was_expected() -> None:
    rewards = np.array([[1.0, 0.0, 2.0]], dtype=np.float32)
    values = np.array([[2.0, 1.0, 1.0]], dtype=np.float32)
    gained, returns = advantages(rewards, values, 1.0, 1.0, 3)
    np.testing.assert_allclose(returns, [[3.0, 2.0, 2.0]])
    np.testing.assert_allclose(gained, [[1.0, 1.0, 1.0]])
    short_sighted, _ = advantages(rewards, values, 0.5, 0.0, 3)
    np.testing.assert_allclose(short_sighted, [[-0.5, -0.5, 1.0]])
    each_alone, _ = advantages(rewards, values, 1.0, 1.0, 1)
    np.testing.assert_allclose(each_alone, [[-1.0, -1.0, 1.0]])


def network(seed: int = 0) -> ActorCritic:
    inputs = width(ACTIONS)
    mean, spread = np.zeros(inputs, dtype=np.float32), np.ones(inputs, dtype=np.float32)
    return ActorCritic(ACTIONS, mean, spread, 16, seed)


def test_ppo_comes_to_take_the_action_that_is_rewarded() -> None:
    ppo = Ppo(network(), PpoOptions(minibatch=32, learning_rate=3e-3), seed=0)
    random = np.random.default_rng(0)
    seen = random.normal(size=(8, 5, width(ACTIONS))).astype(np.float32)
    for _ in range(20):
        said = ppo.network.policy().log_probabilities(seen.reshape(40, -1), EVERY).reshape(8, 5, 3)
        taken = (said + random.gumbel(size=said.shape)).argmax(axis=2)
        chances = np.take_along_axis(said, taken[..., None], axis=2)[..., 0]
        ppo.update(
            Episodes(seen, EVERY.reshape(8, 5, 3), taken, chances, (taken == 1).astype(np.float32)),
            0.0,
        )
    said = ppo.network.policy().log_probabilities(seen.reshape(40, -1), EVERY)
    assert np.exp(said[:, 1]).mean() > 0.9


def test_the_arrays_say_what_the_network_says() -> None:
    ours = network()
    seen = np.random.default_rng(0).normal(size=(5, width(ACTIONS))).astype(np.float32)
    able = np.array([[True, False, True]] * 5)
    with torch.no_grad():
        said = ours(torch.from_numpy(seen), torch.from_numpy(able))[0].numpy()
    found = ours.policy().log_probabilities(seen, able)
    np.testing.assert_allclose(found, said, atol=1e-5)
    np.testing.assert_allclose(np.exp(found[:, 1]), 0.0)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0, rtol=1e-5)


def test_a_policy_is_read_as_it_was_written(tmp_path: Path) -> None:
    policy = network().policy()
    policy.save(tmp_path / "policy.npz")
    read = Policy.load(tmp_path / "policy.npz")
    seen = np.ones((1, width(ACTIONS)), dtype=np.float32)
    assert read.actions == ACTIONS
    able = EVERY[:1]
    assert (read.log_probabilities(seen, able) == policy.log_probabilities(seen, able)).all()


def test_what_is_no_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.npz").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ModelMissing, match=r"policy.npz is no policy .* train it again"):
        walked(policy=str(tmp_path / "policy.npz"))


def test_a_method_compiles_45_times(counting: Callable[..., Any], tmp_path: Path) -> None:
    network().policy().save(tmp_path / "policy.npz")
    compiler = counting({})
    method = walked(policy=str(tmp_path / "policy.npz"))
    question = Question("f", "define void @f() {\n  ret void\n}\n", "", 1)
    assert method.answer(question, compiler) == OZ
    assert compiler.compilations == STEPS


def test_training_repeats_to_the_byte_and_answers_what_opt_takes(
    data: TrainingData, sandbox: Sandbox, questions: list[Question], tmp_path: Path
) -> None:
    learner = AutoPhase(TINY)
    folders = [tmp_path / "one", tmp_path / "other"]
    results = []
    for folder in folders:
        folder.mkdir()
        results.append(learner.train(data, folder, sandbox, seed=1, say=lambda _: None))
    assert results[0] == results[1] == json.loads(json.dumps(results[0]))
    one, other = ((folder / "policy.npz").read_bytes() for folder in folders)
    assert one == other
    assert [point["steps"] for point in results[0]["curve"]] == [180, 540]
    (spec,) = learner.methods(folders[0])
    method = made(spec)
    function = questions[0]
    with sandbox.session() as session:
        session.load(function.ir.encode())

        class InSandbox:
            apply = session.apply

        after = session.apply(method.answer(function, InSandbox()))  # type: ignore[arg-type]
    assert autophase_features(after)[TOTAL_INSTRUCTIONS] < function.instructions


def test_without_valid_functions_the_last_policy_is_kept(
    data: TrainingData, sandbox: Sandbox, tmp_path: Path
) -> None:
    alone = TrainingData(data.train, lambda: iter(()))
    results = AutoPhase(TINY).train(alone, tmp_path, sandbox, seed=0, say=lambda _: None)
    assert results["trained"] == {"functions": 0}
    assert (tmp_path / "policy.npz").exists()


def test_without_training_functions_there_is_nothing_to_learn(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    nothing = TrainingData(lambda: iter(()), lambda: iter(()))
    with pytest.raises(NoLabels, match="search some first"):
        AutoPhase().train(nothing, tmp_path, sandbox, seed=0, say=lambda _: None)
