"""The model: transformers' Llama from random weights, for rows in which documents are packed.

**No document sees another.** transformers guesses packed documents from positions that restart,
and only without a cache and without a mask of two dimensions; where the guess fails, documents
attend to each other and nothing says so. So the mask is made here and passed whole: four
dimensions, true where a token may look, which every version takes as it is. A test compares the
logits of a document that is packed with others with those of the document alone.

Weights depend on the seed and on their names alone, not on how many processes hold them.

Shapes: B rows, T tokens of a row, V vocabulary.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from trainer.errors import BadRecipe

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import nn
    from torch.nn.attention.flex_attention import BlockMask
    from transformers import LlamaConfig

    from trainer.recipe import Recipe, Shape

    Mask = torch.Tensor | BlockMask | None

Llama: TypeAlias = Any
"""A `LlamaForCausalLM` (transformers ships no types that mypy could follow)."""

INITIAL_DEVIATION = 0.02
"""Of the normal distribution that weights are drawn from: transformers' default for Llama."""


class Vocabulary(Protocol):
    """What a model must know of its tokenizer."""

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""
        ...

    @property
    def pad_id(self) -> int:
        """Fills rows."""
        ...

    @property
    def end_id(self) -> int:
        """Ends a sample."""
        ...


def config_of(shape: Shape, *, pad_id: int | None = None, end_id: int | None = None) -> LlamaConfig:
    """The `LlamaConfig` of a shape."""
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=shape.tied,
        initializer_range=INITIAL_DEVIATION,
        rms_norm_eps=1e-5,  # as Llama 2
        pad_token_id=pad_id,
        bos_token_id=None,
        eos_token_id=end_id,
        attn_implementation="sdpa",
    )


def skeleton(config: LlamaConfig) -> Llama:
    """The model without memory behind its weights (torch's meta device)."""
    import torch
    from transformers import LlamaForCausalLM

    with torch.device("meta"):
        return LlamaForCausalLM(config)


def build(recipe: Recipe, tokenizer: Vocabulary, *, seed: int = 0, device: str = "cpu") -> Llama:
    """A whole `LlamaForCausalLM` with the recipe's shape and random weights, on one device.

    Raises BadRecipe where its vocabulary is larger than the recipe's.
    """
    check_vocabulary(recipe, tokenizer.vocab_size)
    model = skeleton(config_of(recipe.shape, pad_id=tokenizer.pad_id, end_id=tokenizer.end_id))
    materialise(model, seed, device)
    return model


def check_vocabulary(recipe: Recipe, vocab_size: int) -> None:
    """Raises BadRecipe where a tokenizer has more tokens than the recipe's model."""
    if vocab_size > recipe.shape.vocabulary:
        raise BadRecipe(
            f"the tokenizer has {vocab_size} tokens and {recipe.name} {recipe.shape.vocabulary}:"
            " take the tokenizer that was made for this recipe"
        )


def materialise(
    model: Llama,
    seed: int,
    device: str | torch.device,
    *,
    each_block: Callable[[nn.Module], object] | None = None,
) -> None:
    """Give a skeleton its memory and its random weights, block by block.

    With `each_block`, such as FSDP's sharding, no more than one block is whole at a time.
    """
    import torch

    for place, block in enumerate(model.model.layers):
        block.to_empty(device=device)
        _draw(block, f"model.layers.{place}.", seed)
        if each_block is not None:
            each_block(block)
    outer = [("model.embed_tokens", model.model.embed_tokens), ("model.norm", model.model.norm)]
    if not model.config.tie_word_embeddings:
        outer.append(("lm_head", model.lm_head))
    for name, module in outer:
        module.to_empty(device=device)
        _draw(module, f"{name}.", seed)
    if model.config.tie_word_embeddings:
        model.lm_head.weight = model.model.embed_tokens.weight
    # Frequencies of rotary positions are no weights: computed afresh, on the device.
    with torch.device(device):
        model.model.rotary_emb = type(model.model.rotary_emb)(config=model.config)


def _draw(module: nn.Module, prefix: str, seed: int) -> None:
    """Random weights from the seed and each weight's name; norms begin at 1."""
    import torch

    for name, weight in module.named_parameters():
        with torch.no_grad():
            if weight.dim() == 1:
                weight.fill_(1.0)
                continue
            key = blake2b(f"{seed} {prefix}{name}".encode(), digest_size=8).digest()
            generator = torch.Generator(device=weight.device)
            generator.manual_seed(int.from_bytes(key, "little") >> 1)
            weight.normal_(0.0, INITIAL_DEVIATION, generator=generator)


def documents(positions_BT: torch.Tensor) -> torch.Tensor:
    """For each token the number of its document in the row: positions restart at 0."""
    return (positions_BT == 0).cumsum(dim=-1)


def attention_mask(positions_BT: torch.Tensor, attention: str) -> Mask:
    """What a token may look at: itself and what comes before it in its own document.

    For `sdpa` booleans of shape (B, 1, T, T), for `flex` a `BlockMask`, which says the same and
    skips blocks in which nothing is to be seen. `documents` needs none (`document_attention`).
    """
    import torch

    if attention == "documents":
        return None
    documents_BT = documents(positions_BT)
    rows, tokens = positions_BT.shape
    if attention == "flex":
        from torch.nn.attention.flex_attention import create_block_mask

        def visible(
            row: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor
        ) -> torch.Tensor:
            del head
            return (query >= key) & (documents_BT[row, query] == documents_BT[row, key])

        return create_block_mask(visible, rows, None, tokens, tokens, device=positions_BT.device)
    same_BTT = documents_BT[:, :, None] == documents_BT[:, None, :]
    causal_TT = torch.ones(tokens, tokens, dtype=torch.bool, device=positions_BT.device).tril()
    return (same_BTT & causal_TT)[:, None]


def logits(
    model: Llama,
    tokens_BT: torch.Tensor,
    positions_BT: torch.Tensor,
    attention: str = "sdpa",
) -> torch.Tensor:
    """logits_BTV of packed rows, each document as if it were alone."""
    found: torch.Tensor = model(
        input_ids=tokens_BT,
        position_ids=positions_BT,
        attention_mask=attention_mask(positions_BT, attention),
        use_cache=False,
    ).logits
    return found
