"""Output that is there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its place when the block ends, with its rights if it is
    there. A block that raises, or is interrupted, leaves `target` as it was and nothing beside it.
    """
    real = target.resolve()
    part = real.with_name(f".{real.name}.{os.getpid()}.passlake")
    try:
        yield part
        if real.exists():
            part.chmod(real.stat().st_mode & 0o7777)
        part.replace(real)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
