"""Runs that take seconds: a recipe, an exported snapshot of made-up functions, a job of both."""

import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.unit.trainer.lake_rows import put, row
from trainer import recipes
from trainer.job import Job
from trainer.recipe import Engine, Recipe, Schedule, Shape, Watch
from trainer.source import LabelSource
from warehouse import snapshot
from warehouse.lake import Lake

OZ = "default<Oz>"
FOLDING = "function(instcombine<no-verify-fixpoint>)"

_IR = """target triple = "x86_64-pc-linux-gnu"

define i32 @f(i32 %0) #0 {{
{lines}
  ret i32 %{last}
}}

attributes #0 = {{ minsize optsize }}
"""
_KEPT = "define i32 @f(i32 %0) #0 {\n  ret i32 %0\n}\n"


def small() -> Recipe:
    """Twelve steps of a model that learns nothing; saved every four, looked at every six."""
    return replace(
        recipes.debug_cpu(),
        name="small",
        shape=Shape(layers=2, heads=2, width=32, hidden=48, vocabulary=448, context=160),
        schedule=Schedule(steps=12, warm_up_steps=2, learning_rate=5e-3, rows=4),
        watch=Watch(validate_every=6, save_every=4, functions=3, held_out_rows=4),
        engine=Engine(micro_rows=2),
    )


def long() -> Recipe:
    """Thirty steps that are saved every four and watched at their end alone."""
    recipe = small().with_steps(30)
    watch = Watch(validate_every=1000, save_every=4, functions=0, held_out_rows=4)
    return replace(recipe, name="long", watch=watch)


def endless() -> Recipe:
    """More steps than anybody waits for."""
    return replace(long().with_steps(100_000), name="endless")


def export(folder: Path) -> Path:
    """A folder as `passlake snapshot export` leaves one, with what training reads."""
    for name, values in zip(("functions", "best"), made_up(), strict=True):
        (folder / name).mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(values), folder / name / "0.parquet")
    return folder


def fill(lake: Lake, name: str) -> None:
    """Put the same into a lake, and make a snapshot of it."""
    functions, best = made_up()
    plain = [{**one, "campaign_id": "c", "num_passes": 1} for one in best]
    put(
        lake,
        0,
        functions=[row("functions", **one) for one in functions],
        winners=[row("winners", **one) for one in plain],
    )
    snapshot.create(lake, name)


def made_up(functions: int = 60) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of functions, and of their best lists."""
    drawn = random.Random(0)
    rows, best = [], []
    for number in range(functions):
        function_id = f"{number:032x}"
        count = drawn.randint(1, 6)
        steps = [drawn.choice(("add", "mul", "xor")) for _ in range(count)]
        lines = "\n".join(
            f"  %{place + 1} = {one} i32 %{place}, {drawn.randint(1, 9)}"
            for place, one in enumerate(steps, start=1)
        ).replace("i32 %1,", "i32 %0,", 1)
        ir = _IR.format(lines=lines, last=count + 1)
        text = ir[ir.index("define") : ir.index("\nattributes")]
        folds = steps[0] == "add"
        rows.append(
            {
                "function_id": function_id,
                "program": f"p{number}",
                "origin": "csmith",
                "split": ("train", "train", "train", "valid")[number % 4],
                "text": text,
                "ir": ir,
                "instructions": count + 1,
                "object_bytes": 4 * count,
                "toolchain": "llvm-22",
            }
        )
        best.append(
            {
                "function_id": function_id,
                "objective": "instructions",
                "toolchain": "llvm-22",
                "pass_list": FOLDING if folds else OZ,
                "instructions": count,
                "object_bytes": 4 * count,
                "oz_instructions": count + folds,
                "oz_object_bytes": 4 * count,
                "oz_plain_instructions": count + 1,
                "optimised_ir": _KEPT,
                "gate": "agreed",
                "stable": True,
            }
        )
    return rows, best


def job(folder: Path, data: Path, recipe: Recipe | None = None, **rest: Any) -> Job:  # noqa: ANN401
    """A run of a recipe, by default the small one, on an export."""
    source = LabelSource.of_export(data)
    return Job(folder=folder, recipe=recipe or small(), source=source, **{"seed": 0, **rest})


@contextmanager
def at_most(file_bytes: int) -> Iterator[None]:
    """The system lets no file grow beyond some bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
