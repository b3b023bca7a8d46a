"""The toolchain as it was found last time, for commands that run once per source file.

Finding one costs two processes and a hash over a library of more than 100 MB. What was found is
kept in a file and holds as long as the environment names the same LLVM and neither `opt` nor the
library was touched.
"""

import json
import os
from dataclasses import asdict, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from corpus.llvm.toolchain import Toolchain, aslr_can_be_off, find_toolchain


def remembered_toolchain(folder: Path) -> Toolchain:
    """As `find_toolchain()`, remembered in `folder`. Raises as that does.

    A folder that cannot be written costs time, nothing else.
    """
    named = "\0".join(os.environ.get(name, "") for name in ("PASSLAKE_LLVM", "PATH"))
    digest = blake2b(named.encode(errors="surrogateescape"), digest_size=8).hexdigest()
    record = folder / f"toolchain-{digest}.json"
    try:
        return _read(json.loads(record.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        toolchain = find_toolchain()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = record.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({**asdict(toolchain), "files": _stamp(toolchain)}, default=str))
        part.replace(record)
    except OSError:
        pass
    return toolchain


def _read(record: dict[str, Any]) -> Toolchain:
    """The toolchain of a record. Raises ValueError where it is no longer what was recorded."""
    files = record.pop("files")
    paths = {name: Path(record[name]) for name in ("prefix", "libllvm")}
    toolchain = Toolchain(**{**record, **paths})
    if _stamp(toolchain) != files:
        raise ValueError
    return replace(toolchain, aslr_off=aslr_can_be_off())


def _stamp(toolchain: Toolchain) -> list[list[int]]:
    """Size and time of change of the files that make the fingerprint."""
    found = [path.stat() for path in (toolchain.tool("opt"), toolchain.libllvm)]
    return [[one.st_size, one.st_mtime_ns] for one in found]
