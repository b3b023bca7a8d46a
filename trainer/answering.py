"""Who answers texts with lists: a model in this process, or (`served`) one on a server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from trainer.answers import full_answers
from trainer.decode import BATCH, priority_lists
from trainer.decoding import GREEDY, PRIORITY, Decoding
from trainer.errors import BadCheckpoint, BadDecoding
from trainer.sample import SampleFormat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from trainer.answers import FullAnswer
    from trainer.decode import Decoded
    from trainer.model import LoadedModel

GPU_BATCH = 64
"""Prompts at a time on a GPU: 2,000 tokens of each fit beside a model of 7 billion weights."""


@dataclass(frozen=True)
class Prediction:
    """One list for a function, and what else the model said; columns as in `predictions`."""

    pass_list: str
    log_probability: float
    fits: bool = True
    instructions_before: int | None = None
    instructions_after: int | None = None
    text: str | None = None
    confidence: float | None = None
    understood: bool = True
    """Whether what came back was an answer; where not, the list is `default<Oz>`."""
    after_s: float = field(default=0.0, compare=False)
    """As `Decoded.after_s`; of a list alone."""

    @classmethod
    def of_list(cls, decoded: Decoded) -> Prediction:
        """A list alone."""
        return cls(
            decoded.pass_list, decoded.log_probability, decoded.fits, after_s=decoded.after_s
        )

    @classmethod
    def of_answer(cls, full: FullAnswer) -> Prediction:
        """A whole answer."""
        said = full.answer
        return cls(
            full.decoded.pass_list,
            full.decoded.log_probability,
            full.decoded.fits,
            said.before,
            said.after,
            said.optimised_text,
            full.confidence,
        )


class Answerer(Protocol):
    """Answers functions; the same text gets the same answers."""

    @property
    def model_id(self) -> str:
        """As `models.model_id`."""
        ...

    @property
    def on_gpu(self) -> bool:
        """Whether answers take a GPU's time."""
        ...

    def answer(self, texts: Sequence[str]) -> list[list[Prediction]]:
        """For each text its predictions, in the order in which to try them; at least one."""
        ...


class LocalModel:
    """A model in this process."""

    def __init__(self, loaded: LoadedModel, decoding: Decoding) -> None:
        """Raises BadDecoding for what only servers do."""
        if decoding.kind not in {GREEDY, PRIORITY}:
            raise BadDecoding(f"--decoding {decoding.name} needs --server; priority:N needs none")
        self._loaded = loaded
        self._decoding = decoding
        self.model_id = loaded.model_id
        self.on_gpu = loaded.model.device.type == "cuda"
        self._batch = GPU_BATCH if self.on_gpu else BATCH

    def answer(self, texts: Sequence[str]) -> list[list[Prediction]]:
        """As the protocol says."""
        model, tokenizer, info = self._loaded.model, self._loaded.tokenizer, self._loaded.info
        # Where a model was taught few lists, any other that it names is a slip.
        among = info.get("common_lists")
        if self._decoding.full:
            what = format_of(info)
            whole = full_answers(model, tokenizer, texts, what, among=among, batch=self._batch)
            return [[Prediction.of_answer(one)] for one in whole]
        found = priority_lists(
            model,
            tokenizer,
            texts,
            samples=self._decoding.samples,
            among=among,
            batch=self._batch,
        )
        return [[Prediction.of_list(one) for one in each] for each in found]


def format_of(info: Mapping[str, Any]) -> SampleFormat:
    """What a saved model was taught to say, whatever else its recipe holds.

    Raises BadCheckpoint.
    """
    try:
        return SampleFormat(**info["recipe"]["format"])
    except (KeyError, TypeError) as error:
        raise BadCheckpoint(f"a model that does not say what its samples have: {error}") from error


def open_model(folder: Path, device: str | None = None) -> LoadedModel:
    """A saved model on a device; by default a GPU where there is one, with weights in bfloat16.

    Raises what `trainer.model.load_model` raises, and BadDecoding for a device that is not there.
    """
    import torch
    from transformers.utils.logging import disable_progress_bar

    from trainer.model import load_model, plain

    disable_progress_bar()  # of reading weights, in the midst of the command's own progress
    try:
        chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise BadDecoding(f"--device {device}: {str(error).splitlines()[0]}") from error
    loaded = load_model(folder)
    if chosen.type == "cpu":
        return loaded
    return replace(loaded, model=plain(loaded.model.config, loaded.model.state_dict(), chosen))
