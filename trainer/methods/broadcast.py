"""All-to-all broadcast: the winners of the training split, each tried on every unseen function.

The last step of the paper's autotuner. All distinct winners would be thousands, so those are kept
that saved most for what they cost, by the rule of `--strategy broadcast`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autotune.coresets import encoded
from autotune.neighbours import MOST_WINNERS, KnownWinner, by_gain_per_cost
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.methods.base import MethodSpec, TrainingData


class Broadcast:
    """Learns nothing but which lists won."""

    kind = "broadcast"

    def __init__(self, lists: int = MOST_WINNERS) -> None:
        self._lists = lists

    def options(self) -> Mapping[str, Any]:
        """How many lists are kept, of which pass space."""
        return {"lists": self._lists, "pass_space": PassSpace.load().version}

    def train(
        self,
        data: TrainingData,
        folder: Path,
        sandbox: Sandbox,
        *,
        seed: int,
        say: Callable[[str], None],
    ) -> Mapping[str, Any]:
        """Gather the winners; compiles nothing."""
        del sandbox, seed
        space = PassSpace.load()
        texts = [one.text for one in space.passes]
        known = []
        for label in data.train():
            saved = label.oz_instructions - label.optimised_instructions
            if saved > 0:
                known += [
                    KnownWinner(label.function_id, (), ids, saved)
                    for ids in encoded([label.pass_list], space)
                ]
        kept = by_gain_per_cost(known, space, self._lists)
        lists = [",".join(texts[one] for one in ids) for ids in kept]
        (folder / "winners.json").write_text(json.dumps(lists, indent=1) + "\n", encoding="utf-8")
        say(f"{len(lists)} lists of {len(known)} winners kept")
        return {"winners": len(known), "lists": len(lists), "parameters": len(lists)}

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row: all lists that were kept."""
        return [MethodSpec("broadcast", "trainer.methods.tries:broadcast", {"folder": str(folder)})]
