"""The index of a folder of shards: what it is, and every file's size and hash."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import file_digest
from typing import TYPE_CHECKING, Any, Final

from trainer.errors import BadShards

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT: Final = 1
"""Version of the folder's layout."""

INDEX: Final = "index.json"
DOCUMENTS: Final = "documents.parquet"
LEFT_OUT: Final = "left_out.parquet"


@dataclass(frozen=True)
class ShardFile:
    """A file that the index names."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Index:
    """What `index.json` says.

    `tokenizer` is its digest, `sample_format` as `trainer.sample.SampleFormat`, `about` whatever
    the maker wanted kept (the split, the objective). `samples` are packed in `rows`, `left_out` are
    too long; `padding_share` is of all tokens of all rows. `dtype` is that of the tokens.
    """

    format: int
    snapshot: str
    tokenizer: str
    sample_format: Mapping[str, bool]
    seed: int
    about: Mapping[str, Any]
    sequence_length: int
    vocab_size: int
    pad_id: int
    dtype: str
    rows_per_file: int
    rows: int
    samples: int
    tokens: int
    left_out: int
    padding_share: float
    files: tuple[ShardFile, ...]


def file_name(kind: str, number: int) -> str:
    """`tokens-0000.bin`."""
    return f"{kind}-{number:04}.bin"


def read_index(folder: Path) -> Index:
    """What a folder of shards says of itself.

    Raises:
        BadShards: there is none, or it is of another Passlake.
    """
    path = folder / INDEX
    try:
        values = json.loads(path.read_bytes())
        layout = values["format"]
        values["files"] = tuple(ShardFile(**one) for one in values["files"])
        index = Index(**values)
    except OSError as error:
        raise BadShards(f"no shards in {folder} ({error.strerror}: {path})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadShards(f"{path} is damaged ({error}): prepare the data again") from error
    if layout != FORMAT:
        raise BadShards(
            f"{path} is of layout {layout}, and this Passlake reads {FORMAT}: prepare the data "
            "again"
        )
    return index


def write_index(folder: Path, index: Index) -> None:
    """Write it down."""
    (folder / INDEX).write_text(json.dumps(asdict(index), indent=1) + "\n", encoding="utf-8")


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def check_file(path: Path, file: ShardFile, *, check_hash: bool) -> None:
    """Whether a file is the one that was written.

    Raises:
        BadShards: it is missing, or of another size or content.
    """
    try:
        size = path.stat().st_size
        if size != file.bytes:
            raise BadShards(
                f"{path} has {size} bytes, not {file.bytes}: it is cut off or was changed; prepare "
                "the data again"
            )
        if check_hash:
            digest = hash_of(path)
            if digest != file.sha256:
                raise BadShards(
                    f"{path} is not what was written: its SHA-256 is {digest[:12]}, not "
                    f"{file.sha256[:12]}; prepare the data again"
                )
    except OSError as error:
        raise BadShards(
            f"{path} cannot be read ({error.strerror}): prepare the data again"
        ) from error
