"""Compressed streams of strangers, read forward within bounds of bytes and memory."""

import lzma
import os
import tarfile
from bz2 import BZ2File
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import GzipFile
from io import BufferedReader, RawIOBase
from typing import IO, Any, cast

_XZ_MEMORY_BYTES = 256 << 20
_CHUNK_BYTES = 1 << 20
_READ_BYTES = 2 << 20
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"


class TooMuch(Exception):
    """The archive is larger than its bounds."""


@contextmanager
def decompressed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """What is in a compressed file, by its first bytes; or the file itself."""
    first = file.read(len(_XZ))
    file.seek(0)
    stream: IO[bytes] = file
    if first.startswith(_GZIP):
        stream = cast("IO[bytes]", GzipFile(fileobj=file))
    elif first.startswith(_BZIP2):
        stream = cast("IO[bytes]", BZ2File(file))
    elif first == _XZ:
        stream = cast("IO[bytes]", BufferedReader(_XzStream(file), _CHUNK_BYTES))
    with stream:
        yield stream


class _XzStream(RawIOBase):
    """Decompresses .xz within bounded memory, which `lzma.open` cannot be told to do."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decompressor = self._fresh()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        while True:
            if self._decompressor.eof:  # .xz files may follow each other in one
                following = self._decompressor.unused_data or self._file.read(_CHUNK_BYTES)
                if not following:
                    return 0
                self._decompressor = self._fresh()
            elif self._decompressor.needs_input:
                following = self._file.read(_CHUNK_BYTES)
                if not following:
                    raise EOFError("the compressed data breaks off")
            else:
                following = b""
            data = self._decompressor.decompress(following, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)


class ForwardOnly(RawIOBase):
    """What `tarfile` reads from: forward only, bounded in all, and in what is read at once.

    `tarfile` reads a long name whole; a small archive may claim that it is gigabytes long.
    """

    def __init__(self, stream: IO[bytes], total_bytes: int) -> None:
        self._stream = stream
        self._position = 0
        self._total_bytes = total_bytes

    def tell(self) -> int:
        """Bytes read so far."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Read up to `offset`, or to the end."""
        assert whence == os.SEEK_SET
        assert offset >= self._position, "tarfile reads forward"
        while self._position < offset:
            if not self.read(min(offset - self._position, _CHUNK_BYTES)):
                break
        return self._position

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises tarfile.ReadError for broken data, and TooMuch."""
        if not 0 <= size <= _READ_BYTES:
            raise tarfile.ReadError(f"a header of {size} bytes")
        try:
            data = self._stream.read(size)
        except OSError as error:
            if error.errno is not None:
                raise
            raise tarfile.ReadError(str(error)) from error  # gzip and bzip2 say so of broken data
        self._position += len(data)
        if self._position > 2 * self._total_bytes:  # headers and what is left out count here, too
            raise TooMuch(f"over {self._total_bytes} bytes in all")
        return data
