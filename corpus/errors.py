"""Errors of the corpus floor."""

from warehouse.errors import PasslakeError


class CorpusError(PasslakeError):
    """Base of the corpus floor."""


class BadModule(CorpusError, ValueError):
    """A file or text that is not LLVM IR of the toolchain's version; carries LLVM's own message."""
