"""The loop: from one step to the next until the schedule ends, watched, guarded and saved.

A step depends on the weights, the optimiser's moments, the step's number and the norms of the last
steps, and on nothing else: batches are a function of their number, and there is no dropout. So a
run that goes on from a checkpoint takes the very steps that it would have taken.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from trainer import optimiser as adamw
from trainer.devices import peak_flops
from trainer.guard import judge
from trainer.loss import Surprise, Targets, sums_by_part, surprise_of
from trainer.network import logits
from trainer.progress import Progress
from trainer.sample import Part
from warehouse.errors import PasslakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import torch

    from trainer.checkpoint import Checkpoint, Saver
    from trainer.network import Llama
    from trainer.parallel import World
    from trainer.recipe import Recipe
    from trainer.run_log import RunLog, Teller


class Rows(Protocol):
    """Packed rows of tokens: what `trainer.shards` gives as a batch. B rows, T tokens each."""

    @property
    def tokens_BT(self) -> Any: ...  # noqa: ANN401, D102, N802
    @property
    def parts_BT(self) -> Any: ...  # noqa: ANN401, D102, N802
    @property
    def positions_BT(self) -> Any: ...  # noqa: ANN401, D102, N802


@dataclass
class Training:
    """A model in training: what a step needs. `batches` gives this process's rows of a step."""

    recipe: Recipe
    llama: Llama
    world: World
    batches: Callable[[int], Rows]
    pad_id: int
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self.optimiser = adamw.optimiser_of(self.llama, self.recipe.schedule)
        self._attention = self.recipe.engine.attention
        self._weights = self.recipe.weights.of_parts()

    def state(self) -> dict[str, torch.Tensor]:
        """All tensors that steps change; loading into them is going on from there."""
        return adamw.state_of(self.llama, self.optimiser)

    def step(self, *, interrupted: bool = False) -> dict[str, Any]:
        """Take the next step; its figures as JSON values, the same in every process.

        `interrupted` is told to all of them: the figure of this name says whether any was.

        Raises TrainingFailed where the recipe's guard has it stop.
        """
        began = time.perf_counter()
        progress, schedule = self.progress, self.recipe.schedule
        sums, weight, tokens = self._accumulate(self.batches(progress.step))
        norm = adamw.gradient_norm(self.llama)
        *by_part, nats, stop = self.world.sum([*sums.tolist(), float(interrupted)])
        surprise = Surprise(tuple(by_part[: len(Part)]), tuple(by_part[len(Part) :]))
        loss, rate = nats / weight, schedule.learning_rate_at(progress.step)
        trouble = judge(self.recipe.guard, progress, loss, float(norm))
        if trouble is None:
            adamw.apply(self.llama, self.optimiser, norm, schedule.clip, rate)
        self.optimiser.zero_grad()
        seconds = time.perf_counter() - began
        progress.advance(tokens, seconds, None if trouble else float(norm))
        return {
            "event": "step",
            "step": progress.step,
            "loss": loss,
            "loss_by_part": surprise.by_part(),
            "gradient_norm": float(norm),
            "learning_rate": rate,
            "tokens": progress.tokens,
            "tokens_per_s": tokens / seconds,
            "mfu": self._mfu(seconds),
            "memory_bytes": memory_bytes(self.world.device),
            "seconds": progress.seconds,
            **({"trouble": trouble} if trouble else {}),
            **({"interrupted": True} if stop else {}),
        }

    def _accumulate(self, rows: Rows) -> tuple[torch.Tensor, float, int]:
        """The gradient of a step; nats by part, tokens by part and weighted nats of this process.

        Also the weights and tokens of all processes.
        """
        import torch

        device, engine = self.world.device, self.recipe.engine
        tokens_BT = torch.as_tensor(rows.tokens_BT, device=device)
        positions_BT = torch.as_tensor(rows.positions_BT, device=device)
        parts_BT = torch.as_tensor(rows.parts_BT, device=device)
        whole = Targets.of(tokens_BT, parts_BT, positions_BT, self.pad_id, self._weights)
        seen = (tokens_BT != self.pad_id).sum()
        weight, tokens = self.world.sum([float(whole.weights_BT.sum()), float(seen)])
        weight = weight or 1.0  # rows of nothing but padding teach nothing
        sums = torch.zeros(2 * len(Part) + 1, dtype=torch.float64, device=device)
        for start in range(0, len(tokens_BT), engine.micro_rows):
            some = slice(start, start + engine.micro_rows)
            targets = Targets.of(
                tokens_BT[some], parts_BT[some], positions_BT[some], self.pad_id, self._weights
            )
            found_BTV = logits(self.llama, tokens_BT[some], positions_BT[some], self._attention)
            nats_BT = surprise_of(found_BTV, targets)
            weighted = (nats_BT * targets.weights_BT).sum()
            # Sharding takes the mean over processes, where the sum is wanted.
            torch.autograd.backward(weighted / weight * self.world.ranks)
            sums[:-1] += sums_by_part(nats_BT, targets)
            sums[-1] += weighted.detach()
        return sums, weight, int(tokens)

    def _mfu(self, seconds: float) -> float | None:
        """Model FLOPs utilisation: what the model's arithmetic takes of what the devices could do.

        flops_per_token of the shape × tokens of the step, padding included, ÷ seconds ÷ the
        device's dense bfloat16 peak ÷ processes. None where the peak is not known, as on a CPU.
        """
        peak = peak_flops(self.world.device)
        if peak is None:
            return None
        shape, rows = self.recipe.shape, self.recipe.schedule.rows
        return shape.flops_per_token * rows * shape.context / seconds / peak / self.world.ranks


@dataclass(frozen=True)
class Surroundings:
    """Who is told and asked while a run trains. `validate` gives a document and keeps the best."""

    saver: Saver
    teller: Teller
    log: RunLog | None = None
    validate: Callable[[Training], dict[str, Any]] | None = None


def run(training: Training, around: Surroundings, resumed: Checkpoint | None) -> None:
    """Train to the end of the schedule, from a checkpoint or from the beginning.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; the step that was under way is done and saved.
        TrainingFailed, BadCheckpoint, NoRoom: the last complete checkpoint is as it was.
    """
    if resumed is not None:
        resumed.load_into(training.state())
        training.progress = Progress(**resumed.progress)
        around.teller.say(f"goes on from step {training.progress.step}")
        _write(around, {"event": "resumed", "step": training.progress.step})
    try:
        with _interruptions() as interruption:
            _to_the_end(training, around, interruption)
    except BaseException:
        # What is being written is worth waiting for; what ends the run is not to be hidden by it.
        with contextlib.suppress(PasslakeError):
            around.saver.finish()
        raise


def _to_the_end(training: Training, around: Surroundings, interruption: _Interruption) -> None:
    progress, watch = training.progress, training.recipe.watch
    steps = training.recipe.schedule.steps
    began_s, began_at = time.monotonic(), progress.step
    while progress.step < steps:
        figures = training.step(interrupted=interruption.came)
        _write(around, figures)
        took_s = (time.monotonic() - began_s) / (progress.step - began_at)
        around.teller.step(progress.step, steps, figures, took_s * (steps - progress.step))
        around.saver.poll()
        ended = progress.step == steps
        if "interrupted" in figures and not ended:
            _save(training, around)
            raise KeyboardInterrupt
        if not ended and progress.step % watch.save_every == 0:
            _save(training, around)
        if around.validate and (ended or progress.step % watch.validate_every == 0):
            with interruption.at_once():
                found = around.validate(training)
            progress.validations.append(found)
            _write(around, {"event": "validation", **found})
        if ended:
            _save(training, around)
    around.saver.finish()


def _save(training: Training, around: Surroundings) -> None:
    progress = training.progress
    around.saver.start(progress.step, training.state(), progress.document())


def _write(around: Surroundings, line: Mapping[str, Any]) -> None:
    if around.log is not None:
        around.log.write(line)


class _Interruption:
    """A wish to end, by SIGINT or SIGTERM: noted the first time, obeyed at once the second."""

    def __init__(self) -> None:
        self.came = False
        self._at_once = False

    def note(self, *_: object) -> None:
        if self.came or self._at_once:
            raise KeyboardInterrupt
        self.came = True

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Obey the first, too: what is under way loses nothing that is worth waiting for."""
        if self.came:
            raise KeyboardInterrupt
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False


@contextlib.contextmanager
def _interruptions() -> Iterator[_Interruption]:
    found = _Interruption()
    # A launcher may run the loop in a thread of its own, which gets no signals.
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = {one: signal.signal(one, found.note) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield found
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def memory_bytes(device: torch.device) -> int:
    """The most that was ever held: on the GPU, or by this process."""
    if device.type == "cuda":
        import torch

        return int(torch.cuda.max_memory_allocated(device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
