"""How far a transfer is, on standard error: a line now and then."""

import time
from typing import TextIO

_EVERY_S = 5.0


class Transfer:
    """Told how many bytes of how many are here."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._said = time.monotonic()

    def __call__(self, here: int, total: int) -> None:
        """Say so where it is time."""
        if time.monotonic() - self._said >= _EVERY_S:
            self._said = time.monotonic()
            self._to.write(f"{here / 2**20:.0f} of {total / 2**20:.0f} MiB are here\n")
