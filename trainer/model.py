"""Trained models as folders that plain transformers opens, with what made them beside.

    config.json, model.safetensors     `AutoModelForCausalLM.from_pretrained(folder)`
    tokenizer.json, …                  `AutoTokenizer.from_pretrained(folder)`
    passlake.json                      recipe, snapshot, seed, tokens, results, tokenizer's digest,
                                       the lists it was taught where these are few
    README.md                          the same for a person: the model card

A folder is there whole or not at all. A model is named by the hash of its weights.
"""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trainer.errors import BadCheckpoint, ModelMissing
from trainer.folder import room, whole_folder
from trainer.model_card import card
from trainer.network import Llama, build, skeleton
from trainer.tokenizer import IrTokenizer
from warehouse import storage

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from transformers import LlamaConfig

__all__ = ["Llama", "LoadedModel", "build", "load_model", "save_model"]

INFO: Final = "passlake.json"
CARD: Final = "README.md"

_SHARD: Final = "8GB"
"""Of weights in one file: what hubs take."""

_READ: Final = 2**22


@dataclass(frozen=True)
class LoadedModel:
    """A model that is ready to answer. `info` is what `passlake.json` says."""

    model: Llama
    tokenizer: IrTokenizer
    info: dict[str, Any]
    model_id: str


def save_model(folder: Path, model: Llama, tokenizer: IrTokenizer, info: Mapping[str, Any]) -> str:
    """Write a model, in the place of one that is there; its `model_id`.

    Raises NoRoom; what was there before is as it was.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    aside = folder.with_name(f".{folder.name}.before")
    fresh = folder.with_name(f".{folder.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    with room(folder), whole_folder(fresh) as draft:
        model.save_pretrained(draft, safe_serialization=True, max_shard_size=_SHARD)
        tokenizer.save(draft)
        model_id = weights_hash(draft)
        _describe(draft, dict(info) | {"model_id": model_id, "tokenizer": tokenizer.digest})
    # Two renames: between them the folder is missing, and `recover` puts one of the two there.
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        storage.rename(folder, aside)
    storage.rename(fresh, folder)
    shutil.rmtree(aside, ignore_errors=True)
    return model_id


def recover(folder: Path) -> None:
    """Put in place what a `save_model` that was cut off between its renames left beside it."""
    for name in (f".{folder.name}.fresh", f".{folder.name}.before"):
        beside = folder.with_name(name)
        if not folder.exists() and beside.exists():
            storage.rename(beside, folder)
        shutil.rmtree(beside, ignore_errors=True)


def describe(folder: Path, info: Mapping[str, Any]) -> None:
    """Say anew what a saved model is; its weights and their hash stay.

    Raises ModelMissing and NoRoom.
    """
    known = read_info(folder)
    with room(folder):
        _describe(folder, known | dict(info))


def _describe(folder: Path, info: Mapping[str, Any]) -> None:
    storage.write_bytes(folder / INFO, (json.dumps(info, indent=1) + "\n").encode())
    storage.write_bytes(folder / CARD, card(info).encode())


def read_info(folder: Path) -> dict[str, Any]:
    """What `passlake.json` says.

    Raises ModelMissing.
    """
    try:
        info: dict[str, Any] = json.loads((folder / INFO).read_bytes())
    except FileNotFoundError as error:
        raise ModelMissing(
            f"{folder} has no {INFO}: give a folder that passlake train has left"
        ) from error
    except ValueError as error:
        raise BadCheckpoint(
            f"{folder / INFO} is damaged: take the folder from elsewhere"
        ) from error
    return info


def load_model(folder: Path | str, device: str | torch.device = "cpu") -> LoadedModel:
    """Open a saved model to answer on a device.

    Raises:
        ModelMissing: there is none.
        BadCheckpoint: its weights are damaged, or not those that were saved.
        BadTokenizer: its tokenizer is damaged, or not the one that it was trained with.
    """
    from transformers import LlamaForCausalLM

    folder = Path(folder)
    info = read_info(folder)
    tokenizer = IrTokenizer.load(folder)
    model_id = weights_hash(folder)
    if model_id != info["model_id"]:
        raise BadCheckpoint(
            f"the weights in {folder} are not those that were saved: their hash is {model_id}, not"
            f" {info['model_id']}; take the folder from where it came"
        )
    if tokenizer.digest != info["tokenizer"]:
        from trainer.errors import BadTokenizer

        raise BadTokenizer(
            f"the tokenizer in {folder} is not the one that the model was trained with: take the"
            " folder from where it came"
        )
    model = LlamaForCausalLM.from_pretrained(folder, attn_implementation="sdpa")
    return LoadedModel(model.to(device).eval(), tokenizer, info, model_id)


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    """Every weight of a saved model by name, on the CPU.

    Raises ModelMissing and BadCheckpoint.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    weights: dict[str, torch.Tensor] = {}
    for path in _files(folder):
        try:
            weights |= load_file(path)
        except (SafetensorError, OSError) as error:
            raise BadCheckpoint(
                f"{path} cannot be read ({error}): take it from elsewhere"
            ) from error
    return weights


def weights_hash(folder: Path) -> str:
    """16 hex digits of the hash of a saved model's weights.

    Raises ModelMissing.
    """
    found = blake2b(digest_size=8)
    for path in _files(folder):
        with path.open("rb") as file:
            while piece := file.read(_READ):
                found.update(piece)
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise ModelMissing(f"{folder} has no model.safetensors: no model was saved there")
    return files


def plain(
    config: LlamaConfig, weights: Mapping[str, torch.Tensor], device: torch.device | None = None
) -> Llama:
    """A model of these whole weights, to be saved or, on a device, to answer.

    On a GPU it computes in bfloat16, as in training; weights that are saved stay float32.
    """
    import torch

    own = deepcopy(config)
    own._attn_implementation = "sdpa"  # noqa: SLF001  (training may use another)
    model = skeleton(own)
    model.load_state_dict(dict(weights), strict=False, assign=True)
    model.tie_weights()
    # Frequencies of rotary positions are no weights, and not in what was given.
    with torch.device("cpu"):
        model.model.rotary_emb = type(model.model.rotary_emb)(config=own)
    if device is not None:
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        model.to(device=device, dtype=dtype)
        with device:  # and they stay float32
            model.model.rotary_emb = type(model.model.rotary_emb)(config=own)
    return model.eval()
