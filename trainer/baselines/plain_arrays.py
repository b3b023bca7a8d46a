"""Files of named arrays: numbers and texts, never objects, so that reading one runs nothing."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Equal arrays make an equal file."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """What `write_arrays` wrote. Raises OSError, and ValueError for what is no such file."""
    # The file is opened here, since numpy leaves it open where it is damaged.
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except (AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged: {error}") from error
