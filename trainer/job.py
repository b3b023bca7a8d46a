"""One training run: which recipe on which data, in which folder, and how it is continued.

    RUN/run.json         which run this is; written first
    RUN/data/            tokenizer and packed rows (trainer/prepare.py)
    RUN/checkpoints/     to go on from (trainer/checkpoint.py)
    RUN/log.jsonl        a line for each step
    RUN/model/           the best weights so far, as a plain transformers checkpoint, with a card
    RUN/results.json     what came of it; written last

The same command continues: what is there is not made again, and training goes on from the last
complete checkpoint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from trainer.errors import BadCheckpoint, BadRecipe
from trainer.model import read_info
from trainer.recipe import Recipe
from trainer.source import LabelSource
from warehouse import storage
from warehouse.errors import BadName

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN: Final = "run.json"
RESULTS: Final = "results.json"


@dataclass(frozen=True)
class Job:
    """All that a process of a run must know; as JSON it travels to processes that are started.

    `begun_from` is the folder of a model whose weights and tokenizer are taken; `llvm` names the
    toolchain that measures lists, if not the usual one.
    """

    folder: Path
    recipe: Recipe
    source: LabelSource
    seed: int
    begun_from: Path | None = None
    llvm: str | None = None
    tensorboard: bool = False

    @cached_property
    def begun_from_id(self) -> str | None:
        """The model that training begins with; None for random weights.

        Raises ModelMissing and BadCheckpoint.
        """
        return None if self.begun_from is None else str(read_info(self.begun_from)["model_id"])

    @cached_property
    def run(self) -> str:
        """16 hex digits of what decides the weights: recipe, data, seed, where it begins."""
        content = [self.recipe.digest, self.source.identity, self.seed, self.begun_from_id]
        return blake2b(json.dumps(content).encode(), digest_size=8).hexdigest()

    @property
    def checkpoints(self) -> Path:
        """Where the run's checkpoints are."""
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        """Where its best weights are."""
        return self.folder / "model"

    def claim(self) -> None:
        """Make the folder this run's, or find that it is.

        Raises BadCheckpoint where it is another's.
        """
        known = storage.read_text(self.folder / RUN)
        if known is None:
            storage.make_folder(self.folder)
            storage.write_bytes(self.folder / RUN, self._record())
            return
        try:
            said = json.loads(known)
            run, recipe, data = said["run"], said["recipe"]["name"], said["source"]["name"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint(f"{self.folder / RUN} is damaged: give another --output") from error
        if run != self.run:
            raise BadCheckpoint(
                f"{self.folder} is a run of {recipe} on {data} with seed {said['seed']} and"
                f" {said['recipe']['schedule']['steps']} steps, and this is one of"
                f" {self.recipe.name} on {self.source.name} with seed {self.seed} and"
                f" {self.recipe.schedule.steps} steps, or its settings differ: give another"
                " --output, or the same command"
            )

    def _record(self) -> bytes:
        return (json.dumps({"run": self.run, **self.document()}, indent=1) + "\n").encode()

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "folder": str(self.folder),
            "recipe": self.recipe.document(),
            "source": self.source.document(),
            "seed": self.seed,
            "begun_from": None if self.begun_from is None else str(self.begun_from),
            "llvm": self.llvm,
            "tensorboard": self.tensorboard,
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """The job that `document` wrote down."""
        begun_from = document["begun_from"]
        return cls(
            folder=Path(document["folder"]),
            recipe=Recipe.of_document(document["recipe"]),
            source=LabelSource.of_document(document["source"]),
            seed=document["seed"],
            begun_from=None if begun_from is None else Path(begun_from),
            llvm=document["llvm"],
            tensorboard=document["tensorboard"],
        )

    def results(self) -> dict[str, Any] | None:
        """What came of it; None while it is not at its end."""
        known = storage.read_text(self.folder / RESULTS)
        return None if known is None else json.loads(known)


def job_of(
    recipe: Recipe,
    *,
    lake: str,
    snapshot: str | None = None,
    data: Path | None = None,
    folder: Path | None = None,
    **rest: Any,  # noqa: ANN401  (as `Job`)
) -> Job:
    """The job of a recipe on a lake's snapshot, or on the exported one in `data`.

    Its folder is by default `RECIPE-SNAPSHOT-SEED` in `LabelSource.runs`.

    Raises as `LabelSource.of_lake` and `of_export`, and BadRecipe for a name that names no folder.
    """
    if data is not None and snapshot is not None:
        raise BadRecipe(f"--data {data} is a snapshot: leave --snapshot out")
    source = LabelSource.of_lake(lake, snapshot) if data is None else LabelSource.of_export(data)
    try:
        name = storage.check_name("recipe", f"{recipe.name}-{source.name}-{rest.get('seed', 0)}")
    except BadName as error:
        raise BadRecipe(str(error)) from error
    if rest.get("begun_from") is not None:
        rest["begun_from"] = rest["begun_from"].absolute()
    return Job(
        recipe=recipe, source=source, folder=(folder or source.runs() / name).absolute(), **rest
    )
