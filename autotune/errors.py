"""Errors of the autotune floor."""

from warehouse.errors import PasslakeError


class AutotuneError(PasslakeError):
    """Base of the autotune floor."""


class BadOption(AutotuneError, ValueError):
    """An option, or a combination of options, that cannot be carried out."""


class NothingToTune(AutotuneError, ValueError):
    """The selection holds no function."""


class WorkersLost(AutotuneError, RuntimeError):
    """Workers die faster than they work; nothing about the tasks is known."""


class TasksSetAside(AutotuneError, RuntimeError):
    """All other tasks are done, but some died too often; the ledger names them."""


class StorageFailed(AutotuneError, OSError):
    """A worker could not write its results: disk full, no rights; the command can be repeated."""


class NothingMeasured(AutotuneError, ValueError):
    """The lake has no campaign whose figures a plan could be made from."""
