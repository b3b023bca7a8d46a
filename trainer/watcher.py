"""Watches a run: validates it now and then, and keeps the best weights as a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainer import parallel
from trainer.model import plain, save_model
from trainer.sample import PassSample
from trainer.validation import score, surprise_at, worth_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from corpus.llvm.toolchain import Toolchain
    from trainer.loop import Training
    from trainer.prepare import Prepared


@dataclass(frozen=True)
class Watcher:
    """Called by the loop in every process. `model_folder` gets the best weights so far.

    Without a `toolchain` lists are not measured, and the surprise alone decides. `about` is what
    `passlake.json` says beside what is found here.
    """

    prepared: Prepared
    toolchain: Toolchain | None
    model_folder: Path
    about: Mapping[str, Any]
    say: Callable[[str], None]

    def __call__(self, training: Training) -> dict[str, Any]:
        """Validate; the findings as JSON values, the same in every process.

        Raises MachineFault and NoRoom.
        """
        recipe, world, progress = training.recipe, training.world, training.progress
        surprise = surprise_at(training.llama, recipe, self.prepared.valid, training.pad_id, world)
        weights = parallel.whole_weights(training.llama, world)
        found: dict[str, Any] = {
            "step": progress.step,
            "tokens": progress.tokens,
            "seconds": progress.seconds,
            "all": surprise.mean(),
            "answer": surprise.mean(answers_only=True),
            "by_part": dict(surprise.by_part()),
        }
        if world.first:
            answering = plain(training.llama.config, weights, world.device)
            if recipe.single_passes:
                found |= self._passes(answering)
            else:
                found |= self._lists(answering, by_bytes=recipe.objective == "object_bytes")
            del answering
            best = max((score(one) for one in progress.validations), default=None)
            found["best_so_far"] = best is None or score(found) > best
            if found["best_so_far"]:
                info = {"step": progress.step, "tokens": progress.tokens, "results": {}}
                saved = plain(training.llama.config, weights)
                save_model(
                    self.model_folder, saved, self.prepared.tokenizer, {**self.about, **info}
                )
            self._tell(found)
        told: dict[str, Any] = world.told(found)
        return told

    def _lists(self, model: Any, *, by_bytes: bool) -> dict[str, Any]:  # noqa: ANN401
        from trainer.decode import greedy_lists

        functions = self.prepared.watched
        if not functions:
            return {"lists": None, "lists_not_measured": "none was to be, or no function fits"}
        if self.toolchain is None:
            return {"lists": None, "lists_not_measured": "no LLVM was found"}
        texts = [one["text"] for one in functions]
        among = self.about.get("common_lists")
        decoded = greedy_lists(model, self.prepared.tokenizer, texts, among=among)
        worth = worth_of(decoded, functions, self.toolchain, by_bytes=by_bytes)
        return {"lists": worth.document()}

    def _passes(self, model: Any) -> dict[str, Any]:  # noqa: ANN401
        from trainer.translation import translation_report, translations

        said: dict[str, Any] = {"lists": None, "lists_not_measured": "the recipe teaches none"}
        if not self.prepared.watched or self.toolchain is None:
            return {**said, "passes": None}
        samples = [
            PassSample(one["text"], one["pass_text"], one["optimised_text"])
            for one in self.prepared.watched
        ]
        asked = [(one.text, one.pass_text) for one in samples]
        written = translations(model, self.prepared.tokenizer, asked)
        report = translation_report(samples, written, self.toolchain)
        return {**said, "passes": report.document()}

    def _tell(self, found: Mapping[str, Any]) -> None:
        lists = found["lists"]
        worth = (
            f"lists {100 * lists['improvement_over_oz']:.2f} % over -Oz"
            f" (the best known {100 * lists['best_improvement_over_oz']:.2f} %)"
            if lists
            else f"lists not measured: {found['lists_not_measured']}"
        )
        best = ", the best so far" if found["best_so_far"] else ""
        self.say(f"valid: {found['answer']:.3f} nats a token of answers; {worth}{best}")
