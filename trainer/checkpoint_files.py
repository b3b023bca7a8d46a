"""The files of a checkpoint as torch's DCP writes them, and what the system said where it failed.

torch's serialiser turns an error of the disk into one of its own, which does not say what happened.
So the stream that it writes to notes the system's error.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from torch.distributed.checkpoint.filesystem import FileSystem, FileSystemWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NotingWriter(FileSystemWriter):
    """Writes one file for each process, and puts it on the disk. `error` is the system's last."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, single_file_per_rank=True, sync_files=True)
        self.fs = _NotingFiles(self)
        self.error: OSError | None = None


class _NotingFiles(FileSystem):
    def __init__(self, writer: NotingWriter) -> None:
        super().__init__()
        self._writer = writer

    @contextlib.contextmanager
    def create_stream(self, path: Any, mode: str) -> Iterator[Any]:  # noqa: ANN401
        try:
            with super().create_stream(path, mode) as stream:
                yield _NotingStream(stream, self._writer)
        except OSError as error:
            self._writer.error = error
            raise


class _NotingStream:
    def __init__(self, stream: Any, writer: NotingWriter) -> None:  # noqa: ANN401
        self._stream = stream
        self._writer = writer

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._stream, name)

    def write(self, data: Any) -> int:  # noqa: ANN401
        try:
            written: int = self._stream.write(data)
        except OSError as error:
            self._writer.error = error
            raise
        return written
