"""Packed documents are alone, and weights depend on the seed and their names."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.unit.trainer.small_runs import small
from trainer.errors import BadRecipe
from trainer.model import build
from trainer.network import Llama, attention_mask, config_of, documents, logits, skeleton
from trainer.parallel import World, laid_out, recomputing

LENGTHS = (20, 1, 33, 10)


class Words:
    """What a model knows of its tokenizer."""

    vocab_size = 448
    pad_id = 0
    end_id = 1


POSITIONS = torch.cat([torch.arange(length) for length in LENGTHS]).repeat(2, 1)
TOKENS = torch.randint(2, 448, POSITIONS.shape, generator=torch.Generator().manual_seed(0))
ALONE = World(0, 1, torch.device("cpu"))


def model(**engine: object) -> Llama:
    recipe = small()
    return laid_out(replace(recipe, engine=replace(recipe.engine, **engine)), Words, ALONE, 3)


def farthest_from_alone(llama: Llama, attention: str = "sdpa") -> float:
    """The largest difference of any logit of a packed document to those of it alone."""
    packed = logits(llama, TOKENS, POSITIONS, attention)
    differences, start = [], 0
    for length in LENGTHS:
        some = slice(start, start + length)
        alone = logits(llama, TOKENS[:, some], torch.arange(length).repeat(2, 1), attention)
        differences.append((packed[:, some] - alone).abs().max().item())
        start += length
    return max(differences)


def compiled(llama: Llama) -> Llama:
    for block in llama.model.layers:
        block.compile(backend="aot_eager")
    return llama


def test_a_packed_documents_logits_are_those_of_it_alone() -> None:
    assert farthest_from_alone(model()) < 1e-5


def test_so_they_are_document_by_document() -> None:
    assert farthest_from_alone(model(attention="documents"), "documents") < 1e-5


def test_document_by_document_gradients_are_those_of_the_mask() -> None:
    gradients = []
    for attention in ("sdpa", "documents"):
        llama = model(attention=attention)
        logits(llama, TOKENS, POSITIONS, attention).square().mean().backward()
        gradients.append([weight.grad for weight in llama.parameters()])
    assert all(map(partial(torch.allclose, atol=1e-6), *gradients))


def test_so_they_are_where_blocks_are_computed_again() -> None:
    assert farthest_from_alone(model(recompute=True)) < 1e-5


# The compiler looks at the gradient of what it traces, leaf or not.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_so_they_are_where_blocks_are_compiled() -> None:
    assert farthest_from_alone(compiled(model())) < 1e-5


def test_transformers_own_guess_lets_documents_see_each_other() -> None:
    """Why the mask is ours: with a cache the same call attends across documents, silently."""
    llama = model()
    packed = logits(llama, TOKENS, POSITIONS)
    guessed = llama(input_ids=TOKENS, position_ids=POSITIONS, use_cache=True).logits
    assert (packed - guessed).abs().max() > 1e-2


def test_recomputed_blocks_have_the_same_gradients() -> None:
    gradients = []
    for recompute in (False, True):
        llama = model(recompute=recompute)
        logits(llama, TOKENS, POSITIONS).square().mean().backward()
        gradients.append([weight.grad for weight in llama.parameters()])
    assert all(map(torch.equal, *gradients))


def test_recomputing_keeps_the_names_of_weights() -> None:
    llama = model()
    names = [name for name, _ in llama.named_parameters()]
    recomputing(llama.model.layers[0])
    assert [name for name, _ in llama.named_parameters()] == names


def test_both_kinds_of_mask_let_the_same_be_seen() -> None:
    plain = attention_mask(POSITIONS, "sdpa")
    blocks = attention_mask(POSITIONS, "flex")
    rows, tokens = POSITIONS.shape
    seen = torch.vmap(
        torch.vmap(
            torch.vmap(partial(blocks.mask_mod), (None, None, None, 0)), (None, None, 0, None)
        ),
        (0, None, None, None),
    )(torch.arange(rows), torch.tensor(0), torch.arange(tokens), torch.arange(tokens))
    assert torch.equal(seen, plain[:, 0])


def test_a_token_sees_itself_and_what_comes_before_it_in_its_document() -> None:
    seen = attention_mask(POSITIONS, "sdpa")[0, 0].sum(dim=-1)
    assert torch.equal(seen, POSITIONS[0] + 1)
    assert documents(POSITIONS)[0, -1] == len(LENGTHS)


def test_weights_depend_on_the_seed_and_not_on_how_they_are_made() -> None:
    first, again, other = (build(small(), Words, seed=seed) for seed in (3, 3, 4))
    assert all(map(torch.equal, first.parameters(), again.parameters()))
    assert all(map(torch.equal, first.parameters(), model().parameters()))
    assert not torch.equal(first.lm_head.weight, other.lm_head.weight)


def test_a_tied_model_has_one_matrix_for_both_ends_and_an_untied_one_two() -> None:
    tied, recipe = build(small(), Words), small()
    untied = build(replace(recipe, shape=replace(recipe.shape, tied=False)), Words)
    assert tied.lm_head.weight is tied.model.embed_tokens.weight
    assert not torch.equal(untied.lm_head.weight, untied.model.embed_tokens.weight)


@pytest.mark.parametrize("tied", [True, False])
def test_the_shapes_formula_counts_the_weights_there_are(*, tied: bool) -> None:
    shape = replace(small().shape, tied=tied)
    counted = sum(weight.numel() for weight in skeleton(config_of(shape)).parameters())
    assert counted == shape.parameters


def test_flex_is_refused_where_there_is_no_gpu() -> None:
    with pytest.raises(BadRecipe, match="by flex, which is for GPUs"):
        model(attention="flex")


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused() -> None:
    class More(Words):
        vocab_size = 449

    with pytest.raises(BadRecipe, match="449 tokens and small 448"):
        build(small(), More)
