"""From labels to what a run reads: a tokenizer, packed rows, and the functions it is watched on.

    data/tokenizer/         trained on the training functions, or that of the model to begin with
    data/train/, valid/     shards of the two splits
    data/watched.parquet    functions of the valid split that are answered while training
    data/*-losses.json      what could not be used, counted by reason
    data/*-taught.json      which lists the samples name, in figures
    data/values/            what common lists leave of functions, where a recipe teaches such

Each is written whole or not at all and is not made again once it is there: a run that was cut off
here goes on with the next one. Functions of the test split are never read.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from hashlib import blake2b
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from trainer.borrowed_tokenizer import borrow_tokenizer
from trainer.errors import BadTokenizer
from trainer.folder import room, whole_folder
from trainer.pass_samples import PassSampler
from trainer.sample import Sample, passes_of
from trainer.shards import Shards, write_shards
from trainer.teaching import Tally, Teacher
from trainer.tokenizer import IrTokenizer, train_tokenizer
from warehouse import storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trainer.labels import Label
    from trainer.recipe import Recipe
    from trainer.sample import PassSample
    from trainer.source import LabelSource
    from trainer.tokenizer import Encoded

WATCHED: Final = "watched.parquet"

_COLUMNS: Final = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("function_id", "text", "ir")),
        *(pa.field(name, pa.int64()) for name in ("oz", "best")),
    ]
)
_PASS_COLUMNS: Final = pa.schema(
    [pa.field(name, pa.string()) for name in ("sample_id", "text", "pass_text", "optimised_text")]
)
_AT_ONCE: Final = 256
"""Labels that are encoded together."""


@dataclass(frozen=True)
class Prepared:
    """What a run reads.

    `watched` has rows of function_id, text, ir, and by the recipe's objective `oz` and `best`:
    what -Oz and the best list known leave of the function. In a recipe of single passes they are
    rows of sample_id, text, pass_text and optimised_text. `taught` are figures of the lists that
    training samples name (`teaching.Tally`).
    """

    tokenizer: IrTokenizer
    train: Shards
    valid: Shards
    watched: list[dict[str, Any]]
    taught: dict[str, Any]

    def common_lists(self, recipe: Recipe) -> list[str] | None:
        """The lists that samples name, the commonest first, where a recipe teaches common ones."""
        if not recipe.teaching.common_lists:
            return None
        return [one for one, _ in self.taught["named"]]

    @classmethod
    def open(cls, folder: Path, *, check_hashes: bool = True) -> Prepared:
        """What `Preparation` left in a run's folder.

        Raises BadShards and BadTokenizer.
        """
        data = folder / "data"
        tokenizer = IrTokenizer.load(data / "tokenizer")
        train, valid = (
            Shards.open(data / split, tokenizer_digest=tokenizer.digest, check_hashes=check_hashes)
            for split in ("train", "valid")
        )
        taught = json.loads(storage.read_text(data / "train-taught.json") or "{}")
        return cls(tokenizer, train, valid, pq.read_table(data / WATCHED).to_pylist(), taught)


@dataclass(frozen=True)
class Preparation:
    """Makes in a run's folder what is not there yet.

    `tokenizer_from` is the folder of a model whose tokenizer is taken as it is, None to make one.
    `llvm` names the toolchain that tries common lists, if not the usual one.
    """

    recipe: Recipe
    source: LabelSource
    folder: Path
    seed: int
    tokenizer_from: Path | None
    say: Callable[[str], None]
    llvm: str | None = None

    @property
    def data(self) -> Path:
        """Where everything is put."""
        return self.folder / "data"

    def make(self) -> Prepared:
        """Make it, and open it.

        Raises NoLabels, BadTokenizer, BadShards, NoRoom.
        """
        storage.make_folder(self.data)
        tokenizer = self._tokenizer()
        for split in ("train", "valid"):
            if not (self.data / split).exists():
                self.say(f"tokenizing the {split} split")
                self._pack(split, tokenizer)
        if not (self.data / WATCHED).exists():
            if self.recipe.single_passes:
                self._choose_watched_passes(tokenizer)
            else:
                self._choose_watched(tokenizer)
        prepared = Prepared.open(self.folder)
        index = prepared.train.index
        self.say(
            f"{index.samples:,} functions in {index.rows:,} rows of {index.sequence_length} tokens,"
            f" {index.padding_share:.1%} padding; {index.left_out:,} functions too long"
        )
        return prepared

    def _tokenizer(self) -> IrTokenizer:
        folder = self.data / "tokenizer"
        if not folder.exists():
            if self.tokenizer_from is not None:
                made = IrTokenizer.load(self.tokenizer_from)
            else:
                self.say("making a tokenizer")
                texts = (label.text for label in self._used("train"))
                passes = sorted(PassSpace.load().by_text)
                size = self.recipe.shape.vocabulary
                make = borrow_tokenizer if self.recipe.tokenizer == "general" else train_tokenizer
                made = make(texts, passes, size, self.seed)
            with whole_folder(folder) as draft:
                made.save(draft)
        found = IrTokenizer.load(folder)
        if found.vocab_size > self.recipe.shape.vocabulary:
            raise BadTokenizer(
                f"{self.tokenizer_from or folder} has {found.vocab_size} tokens,"
                f" {self.recipe.name} takes {self.recipe.shape.vocabulary}: begin with a model of"
                " the recipe's own shape"
            )
        return found

    def _used(self, split: str) -> Iterator[Label]:
        """Labels of a split; of the training split the share that the recipe wants, by id."""
        for label in self.source.labels(split, self.recipe.objective):
            if split != "train" or _place(label.function_id) < self.recipe.data_share:
                yield label

    def _pack(self, split: str, tokenizer: IrTokenizer) -> None:
        losses: Counter[str] = Counter()
        recipe, tally = self.recipe, Tally()
        if recipe.single_passes:
            encoded = self._encoded_passes(split, tokenizer, losses)
        else:
            teacher = Teacher(
                recipe.teaching,
                self._used,
                self.data / "values",
                self.llvm,
                self.say,
                with_ir=recipe.format.optimised_ir,
            )
            encoded = self._encoded(tally.counted(teacher.labels(split)), tokenizer, losses)
        write_shards(
            self.data / split,
            encoded,
            sequence_length=recipe.shape.context,
            tokenizer=tokenizer,
            snapshot=self.source.name,
            sample_format=recipe.format,
            seed=self.seed,
            about={
                "split": split,
                "objective": recipe.objective,
                "data_share": recipe.data_share,
            },
        )
        with room(self.data):
            path = self.data / f"{split}-losses.json"
            storage.write_bytes(path, json.dumps(dict(losses)).encode())
            taught = {} if recipe.single_passes else tally.document()
            path = self.data / f"{split}-taught.json"
            storage.write_bytes(path, json.dumps(taught).encode())

    def _encoded(
        self, taught: Iterator[Label], tokenizer: IrTokenizer, losses: Counter[str]
    ) -> Iterator[tuple[str, Encoded]]:
        """Samples of labels. One that is too long with its optimised IR is taken without it."""
        longest, what = self.recipe.shape.context, self.recipe.format
        shorter = replace(what, optimised_ir=False)
        while labels := list(islice(taught, _AT_ONCE)):
            known = [
                one for one in labels if tokenizer.passes.keys() >= {*passes_of(one.pass_list)}
            ]
            losses["a pass without a token"] += len(labels) - len(known)
            samples = [Sample.of(label) for label in known]
            whole = tokenizer.encode_samples(samples, what)
            for label, sample, encoded in zip(known, samples, whole, strict=True):
                if len(encoded) > longest and what.optimised_ir:
                    cut = tokenizer.encode_sample(sample, shorter)
                    losses["optimised IR left out for its length"] += len(cut) <= longest
                    yield label.function_id, cut
                else:
                    yield label.function_id, encoded

    def _encoded_passes(
        self, split: str, tokenizer: IrTokenizer, losses: Counter[str]
    ) -> Iterator[tuple[str, Encoded]]:
        """Samples of single passes of a split."""
        made = self._pass_samples(split, tokenizer, losses)
        while some := list(islice(made, _AT_ONCE)):
            whole = tokenizer.encode_samples([sample for _, sample in some])
            yield from ((one, encoded) for (one, _), encoded in zip(some, whole, strict=True))

    def _pass_samples(
        self, split: str, tokenizer: IrTokenizer, losses: Counter[str]
    ) -> Iterator[tuple[str, PassSample]]:
        """The same as records: passes run in the sandbox, as its supervisor says."""
        passes = [
            one
            for one in PassSpace.load().passes
            if not one.is_meta and one.text in tokenizer.passes
        ]
        with Sandbox(find_toolchain(self.llvm)) as sandbox:
            wanted = self.recipe.single_passes
            sampler = PassSampler(sandbox, passes, seed=self.seed, per_function=wanted)
            yield from sampler.samples(self._used(split))
        losses.update(sampler.losses)

    def _choose_watched_passes(self, tokenizer: IrTokenizer) -> None:
        """Samples of the valid split that fit whole, drawn as functions are."""
        made = self._pass_samples("valid", tokenizer, Counter())
        fitting = (
            (one, sample)
            for one, sample in made
            if len(tokenizer.encode_sample(sample)) <= self.recipe.shape.context
        )
        chosen = nsmallest(self.recipe.watch.functions, fitting, key=lambda one: _place(one[0]))
        rows = [{"sample_id": one, **vars(sample)} for one, sample in chosen]
        table = pa.Table.from_pylist(rows, schema=_PASS_COLUMNS)
        with room(self.data):
            storage.write_file(self.data / WATCHED, lambda file: pq.write_table(table, file))

    def _choose_watched(self, tokenizer: IrTokenizer) -> None:
        """Valid functions that fit, drawn by their ids, so that no other choice changes them."""
        from trainer.constraint import MOST_PASSES

        objective, watch = self.recipe.objective, self.recipe.watch
        room_left = self.recipe.shape.context - MOST_PASSES
        fitting = (
            label
            for label in self.source.labels("valid", objective)
            if len(tokenizer.encode_prompt(label.text)) < room_left
        )
        chosen = nsmallest(watch.functions, fitting, key=lambda label: _place(label.function_id))
        rows = [_watched(label, objective) for label in chosen]
        table = pa.Table.from_pylist(rows, schema=_COLUMNS)
        with room(self.data):
            storage.write_file(self.data / WATCHED, lambda file: pq.write_table(table, file))


def _place(function_id: str) -> float:
    """A number from 0 to 1 that depends on the id alone."""
    digest = blake2b(function_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _watched(label: Label, objective: str) -> dict[str, Any]:
    by_instructions = objective == "instructions"
    return {
        "function_id": label.function_id,
        "text": label.text,
        "ir": label.ir,
        "oz": label.oz_instructions if by_instructions else label.oz_object_bytes,
        "best": label.optimised_instructions if by_instructions else label.optimised_object_bytes,
    }
