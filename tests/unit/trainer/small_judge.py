"""Judging in the process of a test, and what of a report must be the same twice."""

import json
from typing import Any

import pytest

import trainer.judge as judging
from autotune.drive import Silent
from autotune.executors.inline import InlineExecutor
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection
from trainer.judge import Judge, JudgeOptions
from trainer.judging.report import JudgeReport
from trainer.methods import registry
from trainer.methods.base import MethodSpec
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()


def options(*methods: str, **changes: Any) -> JudgeOptions:  # noqa: ANN401
    plain = {"models": ("none",), "reference": False, "selection": Selection(split="test")}
    return JudgeOptions(methods=methods, **(plain | changes))


def plant(monkeypatch: pytest.MonkeyPatch, *methods: MethodSpec) -> None:
    """Have further methods stand among those that need no training."""
    made = registry.built_in
    for module in (registry, judging):
        monkeypatch.setattr(module, "built_in", lambda seed: [*made(seed), *methods])


def judged(lake: Lake, given: JudgeOptions, executor: InlineExecutor | None = None) -> JudgeReport:
    judge = Judge(lake, TOOLCHAIN, given)
    return judge.run(executor or InlineExecutor(lake), progress=Silent(), say=lambda _: None)


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """Without what differs between two runs that are the same: times, and where files lie."""
    times = {"cpu_s", "cpu_s_per_function", "training_cpu_s", "folder"}

    def without(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {name: without(one) for name, one in value.items() if name not in times}
        return [without(one) for one in value] if isinstance(value, list) else value

    found: dict[str, Any] = without(json.loads(json.dumps(document)))
    return found
