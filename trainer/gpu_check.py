"""What training does on this machine's device: `python -m trainer.gpu_check --output FILE.json`.

Checks, each with what was found: packed documents are alone, a run goes on from a checkpoint,
decoded lists parse. Figures: speed, utilisation and memory of real optimiser steps of `small`,
`base` and `paper_7b`, of as many of its blocks as fit where not all do; lists decoded per second;
the losses of a real run on the snapshot that is shipped, or the exported one of `--data`.

Nothing is downloaded, and no LLVM is needed (without one, lists are decoded and not measured).
Without a GPU the same code runs reduced, on the CPU, and the file says so: `"device": "cpu"`. Exit
status 1 where a check does not hold or a part failed; the file then says which and why.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
import transformers

from trainer import device_checks, device_speed, parallel
from trainer.run_log import Teller
from warehouse import storage
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainer.parallel import World

SAMPLE: Final = Path(__file__).parent / "data" / "sample"
"""The snapshot that is shipped: synthetic functions with their best lists."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, measure, and write the file."""
    asked = argparse.ArgumentParser(prog="trainer.gpu_check", description=__doc__)
    asked.add_argument("--output", type=Path, required=True, help="where to write what was found")
    asked.add_argument("--data", type=Path, default=SAMPLE, help="an exported snapshot")
    asked.add_argument("--only", nargs="*", default=None, help="only these parts, by name")
    given = asked.parse_args(arguments)
    teller = Teller("gpu-check")
    with parallel.joined() as world, tempfile.TemporaryDirectory() as scratch:
        found = _about(world)
        for name, part in parts(world, given.data, Path(scratch)).items():
            if given.only is None or name in given.only:
                teller.say(name)
                found["parts"][name] = _guarded(part)
                # Written after each: what ends the machine does not take what was found so far.
                text = json.dumps(found, indent=1) + "\n"
                storage.write_bytes(given.output.absolute(), text.encode())
    wrong = [name for name, part in found["parts"].items() if not part.get("holds", True)]
    wrong += [name for name, part in found["parts"].items() if "failed" in part]
    for name in wrong:
        teller.say(f"{name}: {found['parts'][name].get('failed', 'does not hold')}")
    teller.say(f"wrote {given.output}")
    return 1 if wrong else 0


def parts(world: World, data: Path, scratch: Path) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is done, in its order: checks first, what takes most memory last."""
    return {
        "isolation": lambda: device_checks.isolation(world),
        "resume": lambda: device_checks.resume(world, scratch / "resume"),
        "decoding": lambda: device_checks.decoding(world, data, scratch / "run"),
        "run": lambda: device_checks.run(data, scratch / "run", world),
        "small": lambda: device_speed.of_named("small", world),
        "base": lambda: device_speed.of_named("base", world),
        "paper_7b": lambda: device_speed.of_named("paper_7b", world),
    }


def _about(world: World) -> dict[str, Any]:
    device = world.device
    about: dict[str, Any] = {
        "device": "cpu",
        "note": "no GPU: reduced, and no figure of it says anything about one",
    }
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        about = {
            "device": properties.name,
            "memory_bytes": properties.total_memory,
            "cuda": torch.version.cuda,
        }
    return {
        **about,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "code_version": code_version(),
        "parts": {},
    }


def _guarded(part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a part found, or how it failed: the others are worth having all the same."""
    began = time.monotonic()
    try:
        found = part()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is said and the status tells)
        found = {
            "failed": (str(error).strip().splitlines() or [type(error).__name__])[0],
            "traceback": traceback.format_exc().splitlines()[-12:],
        }
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return {**found, "seconds": round(time.monotonic() - began, 1)}


if __name__ == "__main__":
    sys.exit(main())
