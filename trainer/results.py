"""What came of a run: the model that was kept, beside models that count words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trainer.ngram import compare
from trainer.run_log import span
from trainer.validation import held_out_rows, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from trainer.prepare import Prepared
    from trainer.progress import Progress
    from trainer.recipe import Recipe
    from trainer.shard_index import Index
    from trainer.shards import Batch, Shards


def results_of(recipe: Recipe, prepared: Prepared, progress: Progress) -> dict[str, Any]:
    """Figures of the weights that were kept, and of the whole run, as JSON values.

    `held_out` has nats per token on the same rows of the valid split: of answers, and of all.
    """
    kept = max(progress.validations, key=score)
    return {
        "kept_step": kept["step"],
        "steps": progress.step,
        "tokens": progress.tokens,
        "seconds": progress.seconds,
        "tokens_per_s": progress.tokens / progress.seconds if progress.seconds else None,
        "steps_that_did_not_count": progress.skips,
        "held_out": {
            "model": {"answer": kept["answer"], "all": kept["all"]},
            **_counted(recipe, prepared),
        },
        "by_part": kept["by_part"],
        "taught": prepared.taught,
        "lists": kept["lists"],
        **({} if kept["lists"] else {"lists_not_measured": kept["lists_not_measured"]}),
        **({"passes": kept["passes"]} if kept.get("passes") else {}),
        "validations": progress.validations,
    }


def lines_of(document: dict[str, Any]) -> Sequence[str]:
    """The same for a person."""
    held_out = document["held_out"]
    nats = ", ".join(f"{name} {row['answer']:.3f}" for name, row in held_out.items())
    lines = [
        f"model {document['model_id']} in {document['model']}",
        (
            f"{document['parameters']:,} parameters, {document['tokens']:,} tokens in"
            f" {document['steps']:,} steps, {span(document['seconds'])}"
        ),
        f"held-out programs, nats a token of answers: {nats}",
    ]
    lists = document["lists"]
    if document.get("passes"):
        return [*lines, passes_line(document["passes"])]
    if lists is None:
        return [*lines, f"lists were not measured: {document['lists_not_measured']}"]
    return [
        *lines,
        (
            f"greedy lists of {lists['functions']} held-out functions:"
            f" {100 * lists['improvement_over_oz']:.2f} % over -Oz, where the best known have"
            f" {100 * lists['best_improvement_over_oz']:.2f} %"
        ),
    ]


def passes_line(passes: Mapping[str, Any]) -> str:
    """How well single passes are translated, for a person."""
    return (
        f"{passes['functions']} single passes on held-out functions: {passes['compiles']:.1%}"
        f" compile, {passes['exact']:.1%} are exactly LLVM's, BLEU {passes['bleu']:.3f}"
        f" (of copying {passes['bleu_of_copying']:.3f})"
    )


def _counted(recipe: Recipe, prepared: Prepared) -> dict[str, Any]:
    """The same of a unigram and a 3-gram model of the training split, on the same tokens."""
    held_out = HeldOut(prepared.valid, held_out_rows(prepared.valid, recipe.watch.held_out_rows))
    found = compare(prepared.train, cast("Shards", held_out))
    return {
        name: {"answer": one.mean(answers_only=True), "all": one.mean()}
        for name, one in (("unigram", found.unigram), ("3-gram", found.trigram))
    }


@dataclass(frozen=True)
class HeldOut:
    """Some rows of shards, as if they were all."""

    shards: Shards
    numbers: npt.NDArray[np.int64]

    @property
    def index(self) -> Index:
        """What they are."""
        return self.shards.index

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.numbers)

    def read(self, places: npt.NDArray[np.int64]) -> Batch:
        """Rows by their place among these."""
        return self.shards.read(self.numbers[places])
