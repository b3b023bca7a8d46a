"""Columns as rows of a table, and the values that all made-up rows share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

CAMPAIGNS = ("bench-portfolio", "bench-random")
"""The first campaign and the second."""

STRATEGIES = ("portfolio", "random")
TOOLCHAIN = "llvm-22.1.8-made-up"
CODE_VERSION = "made up"
STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def table(name: str, columns: Mapping[str, Any], many: int) -> pa.Table:
    """Columns as rows of a table of the lake; a text stands for the same in every row."""
    wanted = schema.arrow_schema(name)
    arrays = []
    for field in wanted:
        given = columns[field.name]
        if isinstance(given, str):
            # One value and its number: a text for each row would cost more than all else here.
            given = pa.DictionaryArray.from_arrays(np.zeros(many, np.int32), [given]).cast(
                field.type
            )
        arrays.append(pa.array(given, field.type) if isinstance(given, np.ndarray) else given)
    return pa.Table.from_arrays(arrays, schema=wanted)


def null_where(absent: pa.Array, values: pa.Array) -> pa.Array:
    """The values, null where `absent` is true."""
    return pc.if_else(absent, pa.scalar(None, values.type), values)
