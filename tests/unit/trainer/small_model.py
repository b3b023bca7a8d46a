"""A network that is too small to know anything, and a tokenizer of few words, for tests."""

from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from trainer.model import save_model
from trainer.recipes import debug_cpu
from trainer.tokenizer import IrTokenizer, train_tokenizer

PASSES = (
    *("default<O1>", "default<Oz>", "function(early-cse<memssa>)", "function(gvn)"),
    *("function(instcombine<no-verify-fixpoint>)", "function(simplifycfg)", "function(sroa)"),
    "globaldce",
)

CLAMP = """define i32 @clamp(i32 %0) {
%2 = icmp sgt i32 %0, 255
%3 = select i1 %2, i32 255, i32 %0
ret i32 %3
}
"""
NOTHING = """define void @nothing() {
ret void
}
"""
SUM = """define i64 @sum(ptr %0, i64 %1) {
%3 = getelementptr i64, ptr %0, i64 %1
%4 = load i64, ptr %3, align 8
%5 = add nsw i64 %4, 17
ret i64 %5
}
"""
TEXTS = (CLAMP, NOTHING, SUM)


def small_tokenizer() -> IrTokenizer:
    return train_tokenizer(TEXTS, PASSES, 320, 0)


def small_model(
    vocab_size: int, *, context: int = 512, spread: float = 0.3, seed: int = 0
) -> LlamaForCausalLM:
    """Two layers of random weights; the larger their `spread`, the surer the network."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=spread,
    )
    return LlamaForCausalLM(config).eval()


def model_info() -> dict[str, Any]:
    """What is said of a model that nobody trained."""
    return {
        "recipe": debug_cpu().document(),
        "snapshot": "s",
        "parameters": 1,
        "step": 0,
        "tokens": 0,
        "seed": 0,
        "code_version": "0",
        "begun_from": None,
        "results": {},
    }


def save_small_model(folder: Path, *, context: int = 1500) -> str:
    """A model that nobody trained, saved as `passlake train` leaves one; its id."""
    tokenizer = small_tokenizer()
    model = small_model(tokenizer.vocab_size, context=context)
    return save_model(folder, model, tokenizer, model_info())
