"""Coreset-NVP (arXiv 2301.05104): a coreset of lists, and a graph network that says which to try.

The coreset is learned from the winners of the training split (`learned_coreset`), or it is one that
somebody published; the network learns from what its lists do there (`nvp`). -Oz is among the lists,
so that a prediction can be that nothing beats it. The rows try 1, 5 and 45 lists in the order of
what is predicted; 45 is the published budget, at which the coreset counts for more than the order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from trainer.baselines.learned_coreset import CoresetOptions, Tried, try_coreset
from trainer.baselines.one_thread import one_thread
from trainer.baselines.plain_arrays import read_arrays, write_arrays
from trainer.baselines.program_graph import VERSION, ProgramGraph, program_graph
from trainer.baselines.random_lists import random_figures
from trainer.baselines.tried_lists import TriedLists, figures_of, fixed_order, random_order, shown
from trainer.errors import ModelMissing
from trainer.methods.base import MethodSpec, TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.baselines.nvp import GraphNetwork, NvpOptions

BUDGETS: Final = (1, 5, 45)
_CHOOSES: Final = "5"
"""The budget by whose figure on the valid split the epoch is chosen."""

_NETWORK: Final = "network.npz"
_ABOUT: Final = "network.json"


@dataclass(frozen=True)
class CoresetNvpOptions:
    """How the coreset is made, and what differs from NvpOptions."""

    coreset: CoresetOptions = field(default_factory=CoresetOptions)
    network: dict[str, float] = field(default_factory=dict)


class CoresetNvp:
    """Fits coreset and network."""

    def __init__(self, options: CoresetNvpOptions | None = None, kind: str = "coreset_nvp") -> None:
        """`kind`: what it is called where its coreset is not its own."""
        self.kind = kind
        self._options = options or CoresetNvpOptions()

    def options(self) -> Mapping[str, Any]:
        """Budgets and settings."""
        return {
            "coreset": self._options.coreset.document(),
            "network": _network_options(self._options.network).document(),
            "graph": VERSION,
        }

    def train(
        self,
        data: TrainingData,
        folder: Path,
        sandbox: Sandbox,
        *,
        seed: int,
        say: Callable[[str], None],
    ) -> Mapping[str, Any]:
        """Choose lists, measure them, fit the network; keep the epoch that did best on valid.

        What was measured is kept beside `folder`, for other learners of the same coreset. Raises
        NoLabels and MachineFault.
        """
        kept = folder.parent / "values"
        tried = try_coreset(data, sandbox, self._options.coreset, seed=seed, kept=kept, say=say)
        with one_thread():
            network, results = _fit(tried, _network_options(self._options.network), seed, say)
        save(folder, network, tried.lists)
        return results | {
            "lists": len(tried.lists),
            "random_lists": random_figures(sandbox, tried.valid_labels, BUDGETS, seed),
            "training_functions": len(tried.train_labels),
            "evaluations": tried.evaluations,
        }

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row for each budget of tries."""
        entry = "trainer.baselines.coreset_nvp:predicted"
        return [
            MethodSpec(f"{self.kind}:{one}", entry, {"folder": str(folder), "tries": one})
            for one in BUDGETS
        ]


def _network_options(changed: Mapping[str, float]) -> NvpOptions:
    from trainer.baselines.nvp import NvpOptions

    settings: dict[str, Any] = dict(changed)
    return NvpOptions(**settings)


def _fit(
    tried: Tried, options: NvpOptions, seed: int, say: Callable[[str], None]
) -> tuple[GraphNetwork, dict[str, Any]]:
    """The network of the best epoch, and the results."""
    from trainer.baselines import nvp

    graphs = [program_graph(one.ir) for one in tried.train_labels]
    unseen = [program_graph(one.ir) for one in tried.valid_labels]
    network = nvp.GraphNetwork(len(tried.lists), options, seed)
    untrained = _figures(network, unseen, tried, options)
    say(f"untrained: {shown(untrained)}")
    curve: list[dict[str, Any]] = [{"epoch": 0, "figures": untrained}]
    best: dict[str, Any] = {"epoch": 0, "improvement": -np.inf, "state": {}}

    def look(epoch: int, loss: float) -> None:
        figures = _figures(network, unseen, tried, options)
        curve.append({"epoch": epoch, "loss": loss, "figures": figures})
        say(f"epoch {epoch}, loss {loss:.3f}: {shown(figures)}")
        reached = figures[_CHOOSES]["improvement_over_oz"] if figures else float(epoch)
        if reached > best["improvement"]:
            state = {name: one.clone() for name, one in network.state_dict().items()}
            best.update(epoch=epoch, improvement=reached, state=state)

    wanted = nvp.targets(tried.train.reached, tried.train.oz, options.temperature)
    nvp.fit(network, graphs, wanted, options, seed, look)
    network.load_state_dict(best["state"])
    return network, {
        "parameters": sum(one.numel() for one in network.parameters()),
        "epoch": best["epoch"],
        "curve": curve,
        "trained": _figures(network, unseen, tried, options),
        "untrained": untrained,
        "random_order": figures_of(random_order(tried.valid, seed), tried.valid, BUDGETS),
        "fixed_order": figures_of(fixed_order(tried.train, tried.valid), tried.valid, BUDGETS),
    }


def _figures(
    network: GraphNetwork, graphs: Sequence[ProgramGraph], tried: Tried, options: NvpOptions
) -> dict[str, Any]:
    if not graphs:
        return {}
    from trainer.baselines.nvp import scores

    return figures_of(scores(network, graphs, options.nodes), tried.valid, BUDGETS)


def save(folder: Path, network: GraphNetwork, lists: Sequence[str]) -> None:
    """Write weights as plain arrays, and what they are of: no pickle."""
    arrays: dict[str, Any] = {
        name: one.detach().numpy() for name, one in network.state_dict().items()
    }
    write_arrays(folder / _NETWORK, arrays)
    about = {"graph": VERSION, "options": network.options.document(), "lists": list(lists)}
    (folder / _ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


class Predicted:
    """Orders a coreset's lists by a network's scores."""

    def __init__(self, network: GraphNetwork, lists: Sequence[str]) -> None:
        self._network = network
        self._lists = lists

    def orders(self, irs: Sequence[str]) -> Sequence[Sequence[str]]:
        """One graph at a time: a batch's sums round differently with what else is in it."""
        from trainer.baselines.nvp import scores

        with one_thread():
            said = [scores(self._network, [program_graph(ir)], 1)[0] for ir in irs]
        return [[self._lists[one] for one in np.argsort(-row, kind="stable")] for row in said]


def load(folder: Path) -> Predicted:
    """What `save` wrote. Raises ModelMissing."""
    import torch

    from trainer.baselines.nvp import GraphNetwork, NvpOptions

    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if about["graph"] != VERSION:
            raise ModelMissing(
                f"{folder} was trained on graphs of version {about['graph']}, not {VERSION}: "
                "train it again"
            )
        network = GraphNetwork(len(about["lists"]), NvpOptions(**about["options"]), seed=0)
        arrays = read_arrays(folder / _NETWORK)
        state = {name: torch.from_numpy(one) for name, one in arrays.items()}
        network.load_state_dict(state)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        if isinstance(error, ModelMissing):
            raise
        reason = str(error).splitlines()[0]
        raise ModelMissing(f"{folder} holds no network ({reason}): train it again") from error
    return Predicted(network, about["lists"])


def predicted(*, folder: str, tries: int) -> TriedLists:
    """The method of a trained folder. Raises ModelMissing."""
    return TriedLists(load(Path(folder)), tries)
