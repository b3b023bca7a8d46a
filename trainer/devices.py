"""What devices could do at best: dense half-precision arithmetic, by name, as their makers say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trainer.errors import BadRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


@dataclass(frozen=True)
class Device:
    """Dense bfloat16 (of a V100 float16) operations per second, and bytes of memory."""

    flops: float
    memory_bytes: float


DEVICES: Final[Mapping[str, Device]] = {
    "V100": Device(125e12, 32e9),
    "A100": Device(312e12, 80e9),
    "L40S": Device(362e12, 48e9),
    "H100": Device(989e12, 80e9),
    "H200": Device(989e12, 141e9),
    "B200": Device(2250e12, 180e9),
}
"""As reported in the makers' data sheets, without sparsity; the boards with the fastest memory."""


def device_named(name: str) -> Device:
    """The device of a name.

    Raises BadRecipe.
    """
    found = DEVICES.get(name.upper())
    if found is None:
        raise BadRecipe(f"--gpu {name}: there is {', '.join(DEVICES)}")
    return found


def peak_flops(device: torch.device) -> float | None:
    """The peak of a device of this machine; None where it is not known, as of a CPU."""
    if device.type != "cuda":
        return None
    import torch

    name = torch.cuda.get_device_name(device)
    return next((one.flops for key, one in DEVICES.items() if key in name), None)
