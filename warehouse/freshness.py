"""Whether a lake has new winners, told without opening it: for commands that run once per file."""

import contextlib

from warehouse import places, storage
from warehouse.errors import WarehouseError


def winners_mark(location: str) -> str:
    """A text that changes when winners are committed; the same as long as there are none.

    Empty, too, where the lake cannot be looked at: whoever opens it then says why.
    """
    with contextlib.suppress(WarehouseError):
        names = storage.names(places.place_of(location) / "winners" / "_delta_log")
        return max((name for name in names if name[:1].isdigit()), default="")
    return ""
