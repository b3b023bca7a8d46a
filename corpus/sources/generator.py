"""Programs that make random programs: what a seed is, and one run for one seed."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from corpus.sources.base import SourceError

FIRST_SEED = 1

_SEEDS = re.compile(
    r"(?P<count>[1-9]\d{0,8})(?:@(?P<first>\d{1,9}))?|(?P<from>\d{1,9})-(?P<to>\d{1,9})"
)


class GenerationFailed(SourceError):
    """The generator made no program from this seed."""


def seeds_of(rest: str, spec: str) -> range:
    """The seeds that COUNT, COUNT@FIRST or FIRST-LAST names. Raises SourceError."""
    match = _SEEDS.fullmatch(rest)
    scheme = spec.partition(":")[0]
    if match is None:
        raise SourceError(
            f"{spec}: write {scheme}:COUNT, {scheme}:COUNT@FIRST_SEED or {scheme}:FIRST-LAST"
        )
    if match["count"]:
        first = int(match["first"] or FIRST_SEED)
        return range(first, first + int(match["count"]))
    seeds = range(int(match["from"]), int(match["to"]) + 1)
    if not seeds:
        raise SourceError(f"{spec}: no seeds, since {match['from']} comes after {match['to']}")
    return seeds


def run_generator(
    command: Sequence[str], folder: Path, *, makes: Sequence[str], wall_s: float, how_to_get: str
) -> None:
    """Run a generator in `folder`, where it is to leave the files `makes` within `wall_s` seconds.

    Raises GenerationFailed; the message names the program, and where it does not start also
    `how_to_get`.
    """
    program = command[0]
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=wall_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GenerationFailed(f"{program}: no end within {wall_s:g} s") from error
    except OSError as error:
        raise GenerationFailed(
            f"{program} does not start ({error.strerror}); {how_to_get}"
        ) from error
    missing = [name for name in makes if not (folder / name).is_file()]
    if run.returncode != 0 or missing:
        raise GenerationFailed(
            f"{program}: exit status {run.returncode}"
            + (f", and no {' or '.join(missing)}" if missing else "")
        )
