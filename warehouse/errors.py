"""The root of every error a user may see, and the errors of the warehouse floor.

How the command line reads them: an error that is also a `ValueError` or an `OSError` is bad usage,
bad input or a full or closed disk (exit status 2); any other `PasslakeError` means that the work
failed (exit status 1). A message is one line that names the file or value and the way out.
"""


class PasslakeError(Exception):
    """Root of the floors' own errors; nothing else is ever shown to a user without a traceback."""


class WarehouseError(PasslakeError):
    """Base of the warehouse floor."""


class LakeMissing(WarehouseError, ValueError):
    """There is no lake at the place that was named."""


class NotALake(WarehouseError, ValueError):
    """The place holds something else: a file, a folder with other contents, a broken lake.json."""


class LakeTooNew(WarehouseError, ValueError):
    """The lake was written by a newer schema than this Passlake knows."""


class UnsupportedLocation(WarehouseError, ValueError):
    """The location is an address of a kind that this Passlake cannot store a lake at."""


class LakeUnreadable(WarehouseError, OSError):
    """The lake's place may not be read."""


class LakeUnwritable(WarehouseError, OSError):
    """The lake's place may not be written: rights, a read-only disk, a missing mount."""


class LakeFull(WarehouseError, OSError):
    """The disk, the quota or the file size limit left no room; nothing half-written stays."""


class Held(WarehouseError, ValueError):
    """Another process holds what was asked for, for instance the same campaign."""


class BadName(WarehouseError, ValueError):
    """A name (of a snapshot, a writer, a staged file) that cannot be part of a file's name."""


class BadRows(WarehouseError, TypeError):
    """Rows that do not fit their table's schema; a fault of the caller, not of the user."""


class BadStagedFile(WarehouseError, RuntimeError):
    """A staged file is missing or differs from its receipt; its task has to run again."""


class SequenceTaken(WarehouseError, RuntimeError):
    """Two different batches were given the same writer and sequence; call `Lake.recover` first."""


class LeaseTimeout(WarehouseError, RuntimeError):
    """Another process has been committing to the lake for longer than a commit takes; try again."""


class TableDamaged(WarehouseError, RuntimeError):
    """A table's log or one of its files cannot be read back."""


class SnapshotMissing(WarehouseError, ValueError):
    """No snapshot, or no version of a table, has this name."""


class SnapshotExists(WarehouseError, ValueError):
    """A snapshot of this name was made before; snapshots never change."""


class SqlError(WarehouseError, ValueError):
    """A statement that is malformed, or that does anything other than read."""


class BadReport(WarehouseError, ValueError):
    """A report was asked for that cannot be made: its file, or what it is to be about."""


class EntryMissing(WarehouseError, ValueError):
    """A task names a function that this installation does not have."""


class RemoteMissing(WarehouseError, ValueError):
    """Another lake, or a snapshot or file of it, is not where it was said to be."""


class RemoteUnreachable(WarehouseError, OSError):
    """The server of another lake does not answer, or stopped in the middle."""


class RemoteDamaged(WarehouseError, ValueError):
    """A file of another lake is not the one that its snapshot lists, or no table's."""


class BadLicense(WarehouseError, ValueError):
    """What was given as a licence is none, or nothing that is exported is under it."""


class TargetTaken(WarehouseError, ValueError):
    """Something is where an export was to be put, or it cannot be put there."""


class BadBench(WarehouseError, ValueError):
    """A bench was asked for what cannot be made or measured."""
