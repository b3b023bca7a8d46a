"""The recipes by name. Each is a function that returns a `Recipe`; so is one of your own.

| recipe | parameters | for |
|---|---|---|
| `debug_cpu` | 0.2 M | seeing the whole way work, in two minutes on a laptop |
| `mini` | 1.6 M | a model that beats counting, in a quarter of an hour on one core |
| `mini_lists` | 1.6 M | `mini` (`--from`) taught to name lists, in ten minutes more |
| `mini_passes` | 1.6 M | `mini` (`--from`) taught what single passes do to IR |
| `mini_no_ir`, `mini_no_counts` | 1.6 M | what the auxiliary answers are worth |
| `mini_half_data`, `mini_quarter_data` | 1.6 M | what data is worth |
| `mini_general_tokenizer` | 1.6 M | what a tokenizer made for IR is worth |
| `tiny` | 9 M | a model that learns, in half an hour on a laptop |
| `tiny_no_ir` and so on | 9 M | the same ablations of `tiny` |
| `small` | 120 M | one GPU, an hour or two |
| `base` | 350 M | one GPU, a day |
| `paper_7b` | 6.74 B | arXiv 2309.07062 as published |
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from trainer.errors import BadRecipe
from trainer.recipe import Engine, Guard, LossWeights, Recipe, Schedule, Shape, Teaching, Watch
from trainer.sample import SampleFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["RECIPES", "Recipe", "named"]

_LEARN_LISTS: Final = LossWeights(prompt=0.5, list=4.0, counts=1.0, ir=1.0)
"""For little data: prompts teach IR at no cost, and a list's few tokens are what is wanted."""

_ON_A_CPU: Final = Engine(micro_rows=2, attention="documents")


def debug_cpu() -> Recipe:
    """Everything that a run does, at a size that learns little."""
    return Recipe(
        name="debug_cpu",
        shape=Shape(layers=2, heads=4, width=64, hidden=176, vocabulary=1024, context=512),
        schedule=Schedule(steps=400, warm_up_steps=20, learning_rate=3e-3, rows=2),
        watch=Watch(validate_every=200, save_every=100, functions=20, held_out_rows=16),
        engine=Engine(micro_rows=2),
        weights=_LEARN_LISTS,
    )


def mini() -> Recipe:
    """Beats counting within minutes, on one CPU core.

    Steps are small, as in all recipes for a CPU: at this size many steps teach more than large
    ones of as many tokens.
    """
    return Recipe(
        name="mini",
        shape=Shape(layers=4, heads=4, width=160, hidden=432, vocabulary=2048, context=1024),
        schedule=Schedule(steps=3300, warm_up_steps=120, learning_rate=2.5e-3, rows=2),
        watch=Watch(validate_every=550, save_every=100, functions=100, held_out_rows=32),
        engine=_ON_A_CPU,
        weights=_LEARN_LISTS,
    )


def mini_lists() -> Recipe:
    """Goes on from `mini` (`--from`), on lists alone: what its IR taught it, put to use.

    A context of 4,096 tokens, since what passes can save lies in the longer functions: in 1,024
    fits a quarter of it. Without optimised IR in the answers, for each function's text is dear.
    """
    return Recipe(
        name="mini_lists",
        shape=replace(mini().shape, context=4096),
        schedule=Schedule(steps=640, warm_up_steps=20, learning_rate=1.5e-3, rows=1),
        watch=Watch(validate_every=160, save_every=80, functions=300, held_out_rows=32),
        engine=replace(_ON_A_CPU, micro_rows=1),
        format=SampleFormat(optimised_ir=False),
        weights=LossWeights(prompt=0.1, list=4.0, counts=1.0, ir=1.0),
        teaching=Teaching(common_lists=64, improvable_share=0.5),
    )


def mini_passes() -> Recipe:
    """Goes on from `mini` (`--from`): IR and a pass, and the IR after it (arXiv 2309.07062)."""
    return Recipe(
        name="mini_passes",
        shape=replace(mini().shape, context=2048),
        schedule=Schedule(steps=800, warm_up_steps=20, learning_rate=1.5e-3, rows=2),
        # Few, for they are written token by token.
        watch=Watch(validate_every=800, save_every=100, functions=60, held_out_rows=32),
        engine=_ON_A_CPU,
        weights=LossWeights(prompt=0.1),
        single_passes=1,
    )


def tiny() -> Recipe:
    """The largest model that two CPU cores fit in about half an hour."""
    return Recipe(
        name="tiny",
        shape=Shape(layers=6, heads=5, width=320, hidden=864, vocabulary=4096, context=1024),
        schedule=Schedule(steps=1000, warm_up_steps=60, learning_rate=1.5e-3, rows=2),
        watch=Watch(validate_every=250, save_every=50, functions=100, held_out_rows=32),
        engine=_ON_A_CPU,
        weights=_LEARN_LISTS,
    )


def _without_ir(whole: Recipe) -> Recipe:
    """Without generating the optimised IR: the paper's fourth ablation."""
    return replace(whole, name=f"{whole.name}_no_ir", format=SampleFormat(optimised_ir=False))


def _without_counts(whole: Recipe) -> Recipe:
    """Without the instruction counts."""
    return replace(whole, name=f"{whole.name}_no_counts", format=SampleFormat(counts=False))


def _on_half(whole: Recipe) -> Recipe:
    """On half the training functions, for as many steps."""
    return replace(whole, name=f"{whole.name}_half_data", data_share=0.5)


def _on_a_quarter(whole: Recipe) -> Recipe:
    """On a quarter of the training functions, for as many steps."""
    return replace(whole, name=f"{whole.name}_quarter_data", data_share=0.25)


def _by_a_general_tokenizer(whole: Recipe) -> Recipe:
    """With IR cut by a vocabulary for text and code, of as many tokens and for as many steps."""
    return replace(whole, name=f"{whole.name}_general_tokenizer", tokenizer="general")


_ABLATIONS: Final = (
    _without_ir,
    _without_counts,
    _on_half,
    _on_a_quarter,
    _by_a_general_tokenizer,
)


def small() -> Recipe:
    """About as large as GPT-2: one GPU."""
    return Recipe(
        name="small",
        shape=Shape(
            layers=14, heads=12, width=768, hidden=2048, vocabulary=16384, context=2048, tied=False
        ),
        schedule=Schedule(steps=8_000, warm_up_steps=400, learning_rate=6e-4, rows=64),
        watch=Watch(validate_every=500, save_every=500, functions=400, held_out_rows=256),
        engine=Engine(micro_rows=16),
        weights=_LEARN_LISTS,
    )


def base() -> Recipe:
    """About as large as BERT's large one: one GPU for a day, or several."""
    return Recipe(
        name="base",
        shape=Shape(layers=24, heads=16, width=1024, hidden=2752, vocabulary=32000, context=2048),
        schedule=Schedule(steps=20_000, warm_up_steps=1_000, learning_rate=3e-4, rows=128),
        watch=Watch(validate_every=1_000, save_every=500, functions=400, held_out_rows=256),
        engine=Engine(micro_rows=8),
        weights=_LEARN_LISTS,
    )


def paper_7b() -> Recipe:
    """As published: shape, optimiser, schedule and batch; every token counts alike.

    Weight decay and clipping are not published: Llama 2's own (arXiv 2307.09288, section 2.2).
    """
    return Recipe(
        name="paper_7b",
        shape=Shape(
            layers=32,
            heads=32,
            width=4096,
            hidden=11008,
            vocabulary=32000,
            context=2048,
            tied=False,
        ),
        schedule=Schedule(
            steps=30_000,
            warm_up_steps=1_000,
            learning_rate=1e-5,
            rows=256,
            final_share=0.1,
            betas=(0.9, 0.95),
            weight_decay=0.1,
            clip=1.0,
        ),
        watch=Watch(validate_every=1_000, save_every=250, functions=1_000, held_out_rows=512),
        engine=Engine(micro_rows=4, recompute=True),
        guard=Guard(on_not_finite="skip", on_leap="skip"),
    )


RECIPES: Final[Mapping[str, Callable[[], Recipe]]] = {
    **{
        made.__name__: made
        for made in (debug_cpu, mini, mini_lists, mini_passes, tiny, small, base, paper_7b)
    },
    **{
        ablated(whole()).name: partial(lambda ablated, whole: ablated(whole()), ablated, whole)
        for whole in (mini, tiny)
        for ablated in _ABLATIONS
    },
}
"""What `passlake train` knows by name."""


def named(name: str) -> Recipe:
    """The recipe of a name, or of your own function: `module:function`, found from this folder.

    Raises BadRecipe.
    """
    made = RECIPES.get(name) or _own(name)
    recipe = made()
    if not isinstance(recipe, Recipe):
        raise BadRecipe(
            f"{name} returned a {type(recipe).__name__}: return a trainer.recipe.Recipe"
        )
    return recipe


def _own(name: str) -> Callable[[], Recipe]:
    module, colon, function = name.partition(":")
    if not colon:
        raise BadRecipe(
            f"no recipe is called {name}: there is {', '.join(RECIPES)}; or give module:function"
        )
    # An installed command does not look for modules where it was started, as Python itself does.
    sys.path.insert(0, "")
    try:
        found: Callable[[], Recipe] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise BadRecipe(f"{name} cannot be had: {error}") from error
    finally:
        sys.path.remove("")
    return found
