"""The methods by the names that `--method` takes.

`oz`, `O3`, `single`, `coreset`, `random` and `portfolio` know no more than what is shipped. Those
of LEARNERS are fitted to the training split first. The rows of `labels` are what the lake's own
searches found, at their cost: the autotuner that the learned methods imitate.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from autotune.shipped import shipped
from corpus.llvm.baselines import OZ
from trainer.errors import BadMethod
from trainer.methods.base import Learner, Method, MethodSpec

O3: Final = "default<O3>"
LABELS: Final = "labels"
DEEP: Final = "deep random"
OF_MODELS: Final = "model"
"""Stands for the methods of language models, which `--model` chooses."""

IMPORTED: Final = "imported"
IMPORTED_NVP: Final = "imported_nvp"
"""Stand for the methods of a coreset that a file brings (`trainer.judging.brought`)."""

RANDOM: Final = (10, 45, 100, 300)
"""Lists that `random` draws: budgets at which published work is still compared, among them that of
AutoPhase and Coreset-NVP."""

CORESET: Final = (10, 30)
"""Lists that `coreset` tries; 30 are shipped."""

LEARNERS: Final = {
    "broadcast": "trainer.methods.broadcast:Broadcast",
    "nearest": "trainer.baselines.nearest:Nearest",
    "boosted": "trainer.baselines.boosted:Boosted",
    "coreset_nvp": "trainer.baselines.coreset_nvp:CoresetNvp",
    "autophase": "trainer.baselines.autophase:AutoPhase",
}
"""Their classes, imported when one is to be trained: some bring torch or scikit-learn."""


def built_in(seed: int) -> list[MethodSpec]:
    """Methods that need no training, -Oz first; `seed` is of what is drawn."""
    ours = shipped("instructions")
    one_list = "trainer.methods.tries:OneList"
    searched = {"strategy": "portfolio", "seed": seed}
    return [
        MethodSpec("oz", one_list, {"pass_list": OZ}),
        MethodSpec("O3", one_list, {"pass_list": O3}),
        MethodSpec("single", one_list, {"pass_list": ours.coreset.lists[0]}),
        *[
            MethodSpec(
                f"coreset:{lists}",
                "trainer.methods.tries:coreset",
                {"lists": lists, "digest": ours.digest},
            )
            for lists in CORESET
        ],
        *[
            MethodSpec(
                f"random:{lists}",
                "trainer.methods.tries:random_lists",
                {"lists": lists, "seed": seed},
            )
            for lists in RANDOM
        ],
        MethodSpec("portfolio", "trainer.methods.searched:searched", searched),
    ]


def learner(kind: str) -> Learner:
    """The learner of a kind with its own settings. Raises BadMethod where it is not installed."""
    with installed(f"--method {kind}"):
        found: Learner = _named(LEARNERS[kind])()
    return found


@contextmanager
def installed(asked: str) -> Iterator[None]:
    """Say of a library that is not there how to get it.

    Raises BadMethod.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise BadMethod(
            f"{asked}: {error.name} is not installed: pip install 'passlake[train]'"
        ) from error


def made(spec: MethodSpec) -> Method:
    """The method that a spec stands for."""
    method: Method = _named(spec.entry)(**spec.arguments)
    return method


def family(name: str) -> str:
    """What methods of all budgets are called together: `random` of `random:100`."""
    return name.partition(":")[0]


def families() -> list[str]:
    """All that `--method` takes, beside the name of one method."""
    own = [family(one.name) for one in built_in(0)]
    return list(dict.fromkeys([*own, LABELS, *LEARNERS, IMPORTED, IMPORTED_NVP, OF_MODELS]))


def asked_for(wanted: Sequence[str]) -> set[str]:
    """The families that hold what is asked for, all if nothing is.

    Raises BadMethod for what there is not.
    """
    for one in wanted:
        if family(one) not in families():
            raise BadMethod(f"--method {one}: there is {', '.join(families())}")
    return {family(one) for one in wanted} or set(families())


def chosen(specs: Sequence[MethodSpec], wanted: Sequence[str]) -> list[MethodSpec]:
    """Methods that are asked for, all if nothing is; `random` asks for all budgets of it.

    Raises BadMethod for a budget that a method does not have.
    """
    names = [name for one in specs for name in (one.name, family(one.name))]
    for one in wanted:
        if one not in names and ":" in one:
            of_family = [name for name in names if ":" in name and family(name) == family(one)]
            offered = ", ".join(of_family) or "none"
            raise BadMethod(f"--method {one}: of {family(one)} there is {offered}")
    return [one for one in specs if not wanted or {one.name, family(one.name)} & set(wanted)]


def _named(entry: str) -> Any:  # noqa: ANN401 - whatever it makes
    module, _, function = entry.partition(":")
    return getattr(import_module(module), function)
