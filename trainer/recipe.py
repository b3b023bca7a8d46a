"""What a recipe is: everything that decides a training run beside its data and its seed.

A recipe is a frozen value that checks itself, made by a function that names it (`recipes.py`, or
one of yours: `passlake train my_module:my_recipe`). Runs that differ get recipes that differ; there
is no flag for each field.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import blake2b
from json import dumps
from typing import Any, Self

from trainer.errors import BadRecipe
from trainer.sample import Part, SampleFormat

ON_TROUBLE = ("stop", "skip")
TOKENIZERS = ("trained", "general")
ATTENTIONS = ("sdpa", "flex", "documents")


@dataclass(frozen=True)
class Shape:
    """A Llama: `width` is the residual stream's, `hidden` the feed-forward layer's.

    `vocabulary` and `context` are in tokens. `tied`: the output layer is the embedding.
    """

    layers: int
    heads: int
    width: int
    hidden: int
    vocabulary: int
    context: int
    tied: bool = True

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        sizes = (self.layers, self.heads, self.width, self.hidden, self.vocabulary, self.context)
        _hold(min(sizes) > 0, f"a shape has positive sizes: {self}")
        _hold(
            self.width % (2 * self.heads) == 0,
            f"width {self.width} over {self.heads} heads: each needs an even share, for rotary"
            " positions turn pairs",
        )

    @property
    def block_parameters(self) -> int:
        """Weights of one block: attention, feed-forward layer, two norms."""
        return 4 * self.width**2 + 3 * self.width * self.hidden + 2 * self.width

    @property
    def parameters(self) -> int:
        """All weights."""
        embeddings = self.vocabulary * self.width * (1 if self.tied else 2)
        return self.layers * self.block_parameters + embeddings + self.width

    @property
    def flops_per_token(self) -> float:
        """Floating-point operations of one token's training step, forward and backward.

        6 for each weight that multiplies (looking up an embedding multiplies nothing; the output
        layer does) and 12 · layers · width · context for attention, as PaLM counts (arXiv
        2204.02311, appendix B): the whole square, causal or not, and what activation checkpointing
        computes twice counts once.
        """
        multiplied = self.layers * self.block_parameters + self.vocabulary * self.width
        return 6.0 * multiplied + 12.0 * self.layers * self.width * self.context


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: AdamW with linear warm-up and a cosine to `final_share` of the peak.

    `rows` of `context` tokens each make one step's batch, over all processes.
    """

    steps: int
    warm_up_steps: int
    learning_rate: float
    rows: int
    final_share: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.1
    clip: float = 1.0

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        _hold(self.steps > 0 and self.rows > 0, f"steps and rows are positive: {self}")
        _hold(
            0 <= self.warm_up_steps < self.steps, f"warm-up is part of {self.steps} steps: {self}"
        )
        _hold(self.learning_rate > 0 and self.clip > 0, f"rate and clip are positive: {self}")
        _hold(0 <= self.final_share <= 1, f"final_share is a share: {self.final_share}")

    def learning_rate_at(self, step: int) -> float:
        """The rate of a step, counted from 0: a function of nothing else."""
        if step < self.warm_up_steps:
            return self.learning_rate * (step + 1) / self.warm_up_steps
        way = (step - self.warm_up_steps) / max(self.steps - 1 - self.warm_up_steps, 1)
        cosine = (1 + math.cos(math.pi * min(way, 1.0))) / 2
        return self.learning_rate * (self.final_share + (1 - self.final_share) * cosine)


@dataclass(frozen=True)
class LossWeights:
    """What a token of each part counts in the loss; 0 leaves a part out.

    Published work trains on whole samples. A list is a dozen tokens among hundreds and is all that
    is used at inference, so it may count more; the end mark counts as the part that it ends.
    """

    prompt: float = 1.0
    list: float = 1.0
    counts: float = 1.0
    ir: float = 1.0

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        weights = (self.prompt, self.list, self.counts, self.ir)
        _hold(min(weights) >= 0, f"a weight is not negative: {self}")
        _hold(self.list > 0, "a model that learns no list is of no use: give list a weight")

    def of_parts(self) -> tuple[float, ...]:
        """The weight of each `Part`, in its order."""
        by_part = {
            Part.PROMPT: self.prompt,
            Part.LIST: self.list,
            Part.COUNTS: self.counts,
            Part.SIZE: self.counts,
            Part.IR: self.ir,
            Part.END: self.list,
        }
        return tuple(by_part[part] for part in Part)


@dataclass(frozen=True)
class Teaching:
    """Which training functions are shown, and which list each is said to want (`teaching`).

    `common_lists`: 0 for each function's own best list, which is -Oz for most; else so many lists
    are chosen among those that won, and each function is said to want the one of them that leaves
    least of it, of equals the one that does best on average. `improvable_share`: so large a share
    of the functions shown has a list that beats -Oz; None: all are shown.
    """

    common_lists: int = 0
    improvable_share: float | None = None

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        _hold(
            self.common_lists == 0 or self.common_lists > 1,
            f"common_lists is 0 or at least 2, -Oz among them: {self.common_lists}",
        )
        share = self.improvable_share
        _hold(share is None or 0 < share <= 1, f"improvable_share is a share: {share}")


@dataclass(frozen=True)
class Watch:
    """When a run looks at itself; all in steps.

    Validation decodes lists for up to `functions` functions of the valid split and measures them;
    the loss on held-out programs is taken over at most `held_out_rows` rows. `keep` complete
    checkpoints are kept.
    """

    validate_every: int
    save_every: int
    functions: int = 100
    held_out_rows: int = 64
    keep: int = 2

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        _hold(
            min(self.validate_every, self.save_every, self.keep, self.held_out_rows) > 0,
            f"intervals are positive: {self}",
        )
        _hold(self.functions >= 0, f"functions is not negative: {self}")


@dataclass(frozen=True)
class Guard:
    """What is done about a loss or gradient that is not finite, and about a gradient that leaps.

    `stop` ends the run with its last checkpoint intact; `skip` drops the step's gradient and goes
    on, but stops after `patience` such steps in a row. A leap is a norm above `leap` times the
    median of the last 100 steps' norms.
    """

    on_not_finite: str = "stop"
    on_leap: str = "skip"
    leap: float = 20.0
    patience: int = 10

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        for what in (self.on_not_finite, self.on_leap):
            _hold(what in ON_TROUBLE, f"{what}: there is {' and '.join(ON_TROUBLE)}")
        _hold(self.leap > 1 and self.patience > 0, f"a leap is a factor above 1: {self}")


@dataclass(frozen=True)
class Engine:
    """How it is computed; none of this changes what is learned beyond rounding.

    `micro_rows`: rows of one forward pass in one process; gradients of a step are summed over
    them. `attention`: sdpa, or what skips all that no document sees: flex, which is for GPUs, and
    documents, which is for CPUs. `compile`: each block goes through torch.compile where there is
    a GPU. `recompute`: activations inside a block are not kept but computed again.
    """

    micro_rows: int
    attention: str = "sdpa"
    compile: bool = True
    recompute: bool = False

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        _hold(self.micro_rows > 0, f"micro_rows is positive: {self}")
        _hold(
            self.attention in ATTENTIONS,
            f"attention {self.attention}: there is {', '.join(ATTENTIONS)}",
        )


@dataclass(frozen=True)
class Recipe:
    """One kind of run. `data_share` of the training functions are used, chosen by their ids.

    `single_passes`: 0 to teach lists; else the second task of published work is taught in their
    place, with so many samples of each function, of one pass and what it makes of the function
    (`pass_samples`). `tokenizer`: trained on the functions that are used, or general, which cuts IR
    as a vocabulary for text and code does (`borrowed_tokenizer`).
    """

    name: str
    shape: Shape
    schedule: Schedule
    watch: Watch
    engine: Engine
    format: SampleFormat = field(default_factory=SampleFormat)
    weights: LossWeights = field(default_factory=LossWeights)
    guard: Guard = field(default_factory=Guard)
    objective: str = "instructions"
    data_share: float = 1.0
    tokenizer: str = "trained"
    teaching: Teaching = field(default_factory=Teaching)
    single_passes: int = 0

    def __post_init__(self) -> None:
        """Raises BadRecipe."""
        _hold(0 < self.data_share <= 1, f"data_share is a share: {self.data_share}")
        _hold(
            self.objective in {"instructions", "object_bytes"},
            f"objective {self.objective}: there is instructions and object_bytes",
        )
        _hold(self.single_passes >= 0, f"single_passes is not negative: {self.single_passes}")
        _hold(
            not self.single_passes or self.teaching == Teaching(),
            "a recipe of single passes teaches no lists: leave `teaching` out",
        )
        _hold(
            not self.teaching.common_lists
            or (self.objective == "instructions" and not self.format.object_bytes),
            "common lists are compared by instructions: bytes are no objective and in no answer",
        )
        _hold(
            self.tokenizer in TOKENIZERS,
            f"tokenizer {self.tokenizer}: there is {' and '.join(TOKENIZERS)}",
        )

    @property
    def tokens(self) -> int:
        """Tokens of all steps, padding included."""
        return self.schedule.steps * self.schedule.rows * self.shape.context

    @property
    def digest(self) -> str:
        """16 hex digits of what decides what is learned: not how it is computed or watched."""
        document = self.document()
        del document["engine"], document["watch"]
        text = dumps(document, sort_keys=True)
        return blake2b(text.encode(), digest_size=8).hexdigest()

    def with_steps(self, steps: int) -> Recipe:
        """The same, trained for so many steps: a warm-up keeps its share of them.

        Raises BadRecipe.
        """
        before = self.schedule
        warm_up = before.warm_up_steps * steps // before.steps
        return replace(self, schedule=replace(before, steps=steps, warm_up_steps=warm_up))

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        document = asdict(self)
        document["schedule"]["betas"] = list(self.schedule.betas)
        return document

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> Self:
        """The recipe that `document` wrote down.

        Raises BadRecipe.
        """
        kinds = {
            "shape": Shape,
            "schedule": Schedule,
            "watch": Watch,
            "engine": Engine,
            "format": SampleFormat,
            "weights": LossWeights,
            "guard": Guard,
            "teaching": Teaching,
        }
        known = {one.name for one in fields(cls)}
        try:
            values = {
                key: kinds[key](**value) if key in kinds else value
                for key, value in document.items()
                if key in known
            }
            schedule = values["schedule"]
            values["schedule"] = replace(schedule, betas=tuple(schedule.betas))
            return cls(**values)
        except (KeyError, TypeError) as error:
            raise BadRecipe(f"this is no recipe of this Passlake: {error}") from error


def _hold(holds: bool, otherwise: str) -> None:  # noqa: FBT001  (a condition, as in assert)
    if not holds:
        raise BadRecipe(otherwise)
