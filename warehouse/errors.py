"""The root of every error a user may see, and the errors of the warehouse floor.

How the command line reads them: an error that is also a `ValueError` or an `OSError` is bad usage,
bad input or a full or closed disk (exit status 2); any other `PasslakeError` means that the work
failed (exit status 1). A message is one line that names the file or value and the way out.
"""


class PasslakeError(Exception):
    """Root of the floors' own errors; nothing else is ever shown to a user without a traceback."""


class WarehouseError(PasslakeError):
    """Base of the warehouse floor."""
