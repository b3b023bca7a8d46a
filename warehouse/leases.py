"""Locks in an object store: an object that is held for as long as its holder goes on writing it.

A holder writes the object on the condition that it is free, and again every few seconds on the
condition that nobody else has written it. Who ends without letting go, killed or cut off, loses it
when the store's clock (nobody else's counts) says that the last write is older than `EXPIRES_S`.

A holder that stands still for longer (a laptop that sleeps) may find itself without it: others go
on meanwhile. Nothing is written twice by that. A commit is a conditional write in each table's log,
which fails where the log has another version, or another batch of the same writer, by then. Who
removes something asks before each step whether the lease is still his.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import threading
import time
from typing import TYPE_CHECKING

from warehouse.errors import LakeUnwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warehouse.object_path import ObjectPath, Tag

EXPIRES_S = 30.0
"""Age of the last write after which a lease is anybody's."""

RENEW_S = 8.0
"""Three renewals may fail before a living holder loses its lease."""

_POLL_S = 0.25


@contextlib.contextmanager
def leased(place: ObjectPath, *, wait_s: float) -> Iterator[Callable[[], bool] | None]:
    """Hold a lease for the length of the block.

    Yields what says whether it is still held; None if it was not to be had.

    Waits so long for others to let go. One that nobody renews is waited for until it has expired,
    however short `wait_s` is: its holder is most likely dead, and the same command has to go on.
    """
    lease = _Lease(place)
    had = lease.acquire(wait_s)
    if not had:
        yield None
        return
    stop = threading.Event()
    renewing = threading.Thread(target=lease.renew_until, args=(stop,), daemon=True)
    renewing.start()
    try:
        yield lease.is_held
    finally:
        stop.set()
        renewing.join()
        lease.release()


def holder(place: ObjectPath) -> str:
    """Who holds a lease, or held it last, in words; empty where nobody ever did."""
    try:
        return str(json.loads(place.read_bytes()).get("holder", ""))
    except (FileNotFoundError, ValueError):
        return ""


class _Lease:
    """The object's content is another each time it is written, and so is its tag."""

    def __init__(self, place: ObjectPath) -> None:
        self._place = place
        self._token = secrets.token_hex(8)
        self._writes = 0
        self._tag: Tag | None = None
        self._written_s = -math.inf

    def is_held(self) -> bool:
        """Whether nobody else can have it yet; sleep of the machine counts as time, too."""
        return _clock_s() - self._written_s < EXPIRES_S * 3 / 4

    def acquire(self, wait_s: float) -> bool:
        """Take the lease; False if it was not to be had in this time from one who renews it."""
        deadline = time.monotonic() + wait_s
        expires: dict[Tag, float] = {}  # by our clock, of each content that was seen
        while True:
            found = self._look()
            if found is None:
                taken = self._write(only_new=True)
            elif not found[0] or time.monotonic() >= expires.get(found[1], math.inf):
                taken = self._write(only_over=found[1])
            else:
                taken = False
                if found[1] not in expires:
                    expires[found[1]] = time.monotonic() + EXPIRES_S - self._age_s()
                if len(expires) > 1 and time.monotonic() >= deadline:
                    return False
                time.sleep(_POLL_S)
            if taken:
                return True

    def renew_until(self, stop: threading.Event) -> None:
        """Write the lease again and again; ends, too, when somebody else has it."""
        while not stop.wait(RENEW_S):
            # A store that does not answer may answer the next time.
            with contextlib.suppress(LakeUnwritable):
                if not self._write(only_over=self._tag):
                    self._written_s = -math.inf
                    return

    def release(self) -> None:
        """Let go, unless somebody else has it by now or the store does not answer."""
        with contextlib.suppress(LakeUnwritable):
            self._write(only_over=self._tag, free=True)

    def _look(self) -> tuple[bool, Tag] | None:
        """Whether somebody holds it, and what tells its content; None if there is no object."""
        try:
            content, tag = self._place.read_tagged()
        except FileNotFoundError:
            return None
        return not json.loads(content)["free"], tag

    def _age_s(self) -> float:
        """How old the last write is by the store's own clock, to a second."""
        try:
            return self._place.now_s() - self._place.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def _write(
        self, *, only_new: bool = False, only_over: Tag | None = None, free: bool = False
    ) -> bool:
        self._writes += 1
        began_s = _clock_s()
        content = {
            "holder": f"process {os.getpid()} on {os.uname().nodename}",
            "free": free,
            "write": f"{self._token}.{self._writes}",
        }
        try:
            self._tag = self._place.write(
                json.dumps(content).encode(), only_new=only_new, only_over=only_over
            )
        except FileExistsError:
            return False
        self._written_s = began_s
        return True


def _clock_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
