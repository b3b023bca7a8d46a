"""How fast a model decodes: lists a second, greedy, by priority, and with whole answers.

All of it on the same functions, in one run; what is rare in a process (the first call of each kind)
is done once before anything is timed. The model's weights do not matter for what a token costs, but
lists of a model that learned nothing have other lengths, so figures name the passes of a list.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from trainer.answering import GPU_BATCH, format_of
from trainer.answers import full_answers
from trainer.constraint import MOST_PASSES
from trainer.decode import BATCH, Prompts, priority_lists
from trainer.labels import read_labels
from trainer.model import load_model
from warehouse.clock import cpu_clock_s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from trainer.model import LoadedModel
    from warehouse.reading import State

DECODED = 64
"""Functions that are decoded where nobody says how many."""

SAMPLES = (1, 10, 30)
"""Samples for one function, of which 1 is the greedy list."""


@dataclass(frozen=True)
class Decoded:
    """One way of decoding all functions. `lists` were decoded, `passes` are in all of them."""

    decoding: str
    functions: int
    lists: int
    passes: int
    wall_s: float
    cpu_s: float

    def row(self) -> dict[str, Any]:
        """For a person."""
        return {
            "decoding": self.decoding,
            "lists": self.lists,
            "passes_per_list": self.passes / self.lists,
            "wall_s": self.wall_s,
            "cpu_s": self.cpu_s,
            "functions_per_s": self.functions / self.wall_s,
            "lists_per_s": self.lists / self.wall_s,
        }


@dataclass(frozen=True)
class DecodingFigures:
    """What was measured, on which model and device.

    `functions` fitted into the context, with `prompt_tokens` in all; `threads` of torch computed
    what a CPU did. `shared_prompt_gain`: what the most samples by priority would take if each were
    decoded from the prompt on, as greedy lists are, over what they take.
    """

    device: str
    threads: int
    parameters: int
    functions: int
    prompt_tokens: int
    batch: int
    decoded: Sequence[Decoded]

    @property
    def shared_prompt_gain(self) -> float:
        """See the class; in CPU seconds where a CPU computed, which a busy machine leaves alone."""
        greedy, *_, most = [one for one in self.decoded if one.decoding != _WHOLE]
        each, all_together = (
            (greedy.cpu_s, most.cpu_s) if self.device == "cpu" else (greedy.wall_s, most.wall_s)
        )
        return each * most.lists / greedy.lists / all_together

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        document = asdict(self)
        document["decoded"] = [asdict(one) | one.row() for one in self.decoded]
        return document | {"shared_prompt_gain": self.shared_prompt_gain}

    def rows(self) -> list[dict[str, Any]]:
        """A line for each way of decoding."""
        return [one.row() for one in self.decoded]


_WHOLE = "greedy:full"


def bench_decode(
    loaded: LoadedModel,
    texts: Sequence[str],
    *,
    whole: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> DecodingFigures:
    """Decode the functions of these texts in every way; with `whole`, whole answers as well.

    Texts that do not fit are left out; one must. `say` hears of each way that is done.
    """
    import torch

    model, tokenizer = loaded.model, loaded.tokenizer
    prompts = Prompts.of(model, tokenizer, texts, MOST_PASSES + 1)
    assert prompts.fitting, "no text fits into the model's context"
    fitting = [texts[place] for place in prompts.fitting]
    batch = GPU_BATCH if model.device.type == "cuda" else BATCH
    priority_lists(model, tokenizer, fitting[-1:], samples=2)
    decoded = []
    for samples in SAMPLES:
        name = f"priority:{samples}" if samples > 1 else "greedy"
        began, cpu_began = time.monotonic(), cpu_clock_s()
        found = priority_lists(model, tokenizer, fitting, samples=samples, batch=batch)
        lists = [one.pass_list for each in found for one in each]
        decoded.append(_timed(name, len(fitting), lists, began, cpu_began))
        say(f"{name} done")
    if whole:
        began, cpu_began = time.monotonic(), cpu_clock_s()
        what = format_of(loaded.info)
        answers = full_answers(model, tokenizer, fitting, what, batch=batch)
        lists = [one.decoded.pass_list for one in answers]
        decoded.append(_timed(_WHOLE, len(fitting), lists, began, cpu_began))
        say(f"{_WHOLE} done")
    return DecodingFigures(
        device=torch.cuda.get_device_name() if model.device.type == "cuda" else "cpu",
        threads=torch.get_num_threads(),
        parameters=sum(weight.numel() for weight in model.parameters()),
        functions=len(fitting),
        prompt_tokens=sum(len(prompts.tokens[place]) for place in prompts.fitting),
        batch=batch,
        decoded=decoded,
    )


def bench_model(
    folder: Path, state: State, functions: int, say: Callable[[str], None]
) -> DecodingFigures:
    """Decode valid functions of a state with a saved model, so many at most.

    Raises ModelMissing, BadTokenizer and NoLabels.
    """
    loaded = load_model(folder)
    texts = [one.text for one in islice(read_labels(state, "valid"), functions)]
    return bench_decode(loaded, texts, say=say)


def _timed(
    name: str, functions: int, lists: Sequence[str], began: float, cpu_began: float
) -> Decoded:
    return Decoded(
        name,
        functions,
        len(lists),
        sum(one.count(",") + 1 for one in lists),
        time.monotonic() - began,
        cpu_clock_s() - cpu_began,
    )
