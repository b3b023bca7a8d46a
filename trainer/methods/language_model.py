"""A language model among the methods, in the ways in which its lists can be used.

    model:greedy        its greedy list, and nothing compiled
    model:priority:N    N samples by priority, each compiled, the best kept; -Oz is tried too
    model:confident     the greedy list where all that it says of itself holds, -Oz elsewhere

The first sample is the greedy list, and the first ten of thirty are those that ten alone would be:
so a model decodes a task's functions once for greedy and all N, and each of these is charged with
the share of the time after which its last list was there.

A confident model's own words are checked without a compiler: its count before the list is that of
the function, its count after the list is that of the IR that it wrote (`trainer.answers`).

Answers of one model do not depend on which functions are prepared together, up to the rounding that
`trainer.decode` tells of.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from corpus.llvm.baselines import OZ
from trainer.answering import LocalModel, Prediction, format_of, open_model
from trainer.decoding import Decoding
from trainer.errors import BadCheckpoint
from trainer.methods.base import Bench, MethodSpec, Question
from trainer.methods.tries import best_of
from trainer.model import LoadedModel, read_info
from warehouse.clock import cpu_clock_s

BUDGETS: Final = (1, 3, 10, 30)
"""Samples that are compiled: as published work reports them (arXiv 2402.18734)."""

CONFIDENT: Final = 1.0
"""Share of the checks that must hold for a list to be believed."""


def specs(folder: Path) -> list[MethodSpec]:
    """The methods of a saved model. Raises ModelMissing and BadCheckpoint."""
    info = read_info(folder)
    given = {"folder": str(folder.absolute()), "model_id": str(info["model_id"])}
    here, model_id = "trainer.methods.language_model", given["model_id"]
    lists = f"lists of {model_id}"
    found = [MethodSpec("model:greedy", f"{here}:greedy", given, model_id, lists)]
    for samples in BUDGETS:
        asked = {**given, "samples": samples}
        name = f"model:priority:{samples}"
        found.append(MethodSpec(name, f"{here}:verified", asked, model_id, lists))
    if format_of(info).counts:  # else it says nothing that could be checked
        found.append(MethodSpec("model:confident", f"{here}:confident", given, model_id))
    return found


@dataclass(frozen=True)
class Said:
    """What a model answered to the texts of a task, and the seconds that all of them took."""

    texts: Sequence[str]
    samples: int
    answers: Sequence[Sequence[Prediction]]
    cpu_s: float
    gpu_s: float

    def first(self, samples: int) -> Self:
        """The same with so many samples, at most as many as there are, at what these took."""
        kept = [one[:samples] for one in self.answers]
        whole_s, own_s = (sum(one[-1].after_s for one in some) for some in (self.answers, kept))
        share = own_s / whole_s if whole_s else 1.0
        return replace(
            self, samples=samples, answers=kept, cpu_s=share * self.cpu_s, gpu_s=share * self.gpu_s
        )


_LATEST: dict[str, Said] = {}
"""By model: what it decoded last, in this process, for methods that share it."""


class OfModel:
    """Decodes all questions together, then chooses among what came of it."""

    def __init__(self, folder: str, model_id: str, decoding: Decoding, choose: "Choice") -> None:
        """Raises what opening the model does, and BadCheckpoint where it is another one by now."""
        loaded = _opened(folder)
        if loaded.model_id != model_id:
            raise BadCheckpoint(
                f"{folder} has model {loaded.model_id}, not {model_id}, which was to be judged"
            )
        self._model = LocalModel(loaded, decoding)
        self._decoding = decoding
        self._choose = choose
        self._answers: Mapping[str, Sequence[Prediction]] = {}
        self._cpu_s = self._gpu_s = 0.0

    def prepare(self, questions: Sequence[Question]) -> None:
        """Ask the model once for all of them, unless it has just said as much or more of them."""
        texts = [one.text for one in questions]
        known = None if self._decoding.full else _LATEST.get(self._model.model_id)
        if known and known.texts == texts and known.samples >= self._decoding.samples:
            said = known.first(self._decoding.samples)
            # Who judges sees no time pass: it passed before another method's answers.
            self._cpu_s = said.cpu_s / max(1, len(questions))
        else:
            said = self._asked(texts)
        self._gpu_s = said.gpu_s / max(1, len(questions))
        self._answers = {
            one.function_id: answer for one, answer in zip(questions, said.answers, strict=True)
        }

    def _asked(self, texts: Sequence[str]) -> Said:
        started_s, cpu_started_s = time.monotonic(), cpu_clock_s()
        answers = self._model.answer(texts)
        cpu_s, wall_s = cpu_clock_s() - cpu_started_s, time.monotonic() - started_s
        gpu_s = wall_s if self._model.on_gpu else 0.0
        said = Said(texts, self._decoding.samples, answers, cpu_s, gpu_s)
        if not self._decoding.full:
            _LATEST[self._model.model_id] = said
        return said

    def answer(self, question: Question, compiler: Bench) -> str:
        """As the protocol says."""
        compiler.charge(cpu_s=self._cpu_s, gpu_s=self._gpu_s)
        return self._choose(self._answers[question.function_id], compiler)


Choice = Callable[[Sequence[Prediction], Bench], str]
"""Which list of a model's is the answer."""


def greedy(*, folder: str, model_id: str) -> OfModel:
    """Its likeliest list, unseen by any compiler."""
    return OfModel(folder, model_id, Decoding.named("greedy"), lambda said, _: said[0].pass_list)


def confident(*, folder: str, model_id: str) -> OfModel:
    """Its greedy list where its own words hold, else -Oz; nothing is compiled."""

    def believed(said: Sequence[Prediction], _: Bench) -> str:
        return said[0].pass_list if said[0].confidence == CONFIDENT else OZ

    return OfModel(folder, model_id, Decoding.named("greedy", full=True), believed)


def verified(*, folder: str, model_id: str, samples: int) -> OfModel:
    """The best of its samples, each compiled, or -Oz, which is compiled too."""

    def best(said: Sequence[Prediction], compiler: Bench) -> str:
        lists = [one.pass_list for one in said if one.pass_list != OZ]
        return best_of(lists, compiler) if lists else OZ

    return OfModel(folder, model_id, Decoding.named(f"priority:{samples}"), best)


@lru_cache(maxsize=1)
def _opened(folder: str) -> LoadedModel:
    """The model, once for all of a worker's tasks."""
    import torch

    if not torch.cuda.is_available():
        torch.set_num_threads(1)  # there is a worker on every core
    return open_model(Path(folder))
