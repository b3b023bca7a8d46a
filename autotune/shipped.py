"""What Passlake brings along: a coreset and winners with their functions' vectors.

So a fresh lake's first search begins where earlier ones ended. All of it was learned from functions
of training programs; the file says by which campaigns, when and with which toolchain. It holds no
code of these functions, only what was counted of them.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from autotune.coresets import Coreset, encoded
from autotune.neighbours import KnownWinner
from corpus import features
from corpus.llvm.passes import PassSpace

_DATA: Final = Path(__file__).with_name("data")
_FORMAT: Final = 1


@dataclass(frozen=True)
class Shipped:
    """One file of `autotune/data/`; `digest` is the hash of its contents."""

    coreset: Coreset
    winners: tuple[dict[str, Any], ...]
    digest: str

    def known(self, space: PassSpace) -> list[KnownWinner]:
        """Its winners, as far as their lists are of `space`."""
        found = []
        for one in self.winners:
            for pass_ids in encoded([one["pass_list"]], space):
                vector = tuple(math.log1p(count) for count in one["counts"])
                found.append(KnownWinner(one["function_id"], vector, pass_ids, one["saved"]))
        return found


@cache
def shipped(objective: str) -> Shipped:
    """What is shipped for an objective; empty lists where nothing is."""
    path = _DATA / f"known_{objective}.json"
    if not path.exists():
        return Shipped(Coreset(objective, "", "", ()), (), "")
    text = path.read_text(encoding="utf-8")
    read = json.loads(text)
    assert read["format"] == _FORMAT, path
    assert read["features"] == features.VERSION, path
    lists = read["coreset"]
    coreset = Coreset(
        objective=objective,
        pass_space=read["pass_space"],
        toolchain=read["toolchain"],
        lists=tuple(one["pass_list"] for one in lists),
        gains=tuple(one["gain"] for one in lists),
        campaign_ids=tuple(read["campaign_ids"]),
    )
    return Shipped(coreset, tuple(read["winners"]), hashlib.sha256(text.encode()).hexdigest()[:16])


def written(
    coreset: Coreset, known: list[tuple[KnownWinner, str]], provenance: dict[str, Any]
) -> str:
    """The text of such a file; each winner comes with its list's text."""
    winners = [
        {
            "function_id": one.function_id,
            "saved": one.saved,
            "pass_list": pass_list,
            "counts": [round(math.expm1(value)) for value in one.vector],
        }
        for one, pass_list in known
    ]
    head = {
        "format": _FORMAT,
        **provenance,
        "objective": coreset.objective,
        "pass_space": coreset.pass_space,
        "toolchain": coreset.toolchain,
        "features": features.VERSION,
        "campaign_ids": list(coreset.campaign_ids),
    }
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    rows = [{"gain": row["gain"], "pass_list": row["pass_list"]} for row in coreset.rows()]
    for name, entries in (("coreset", rows), ("winners", winners)):
        listed = ",\n  ".join(json.dumps(one, separators=(",", ":")) for one in entries)
        lines.append(f" {json.dumps(name)}: [\n  {listed}\n ]")
    return "{\n" + ",\n".join(lines) + "\n}\n"
