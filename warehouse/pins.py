"""Which versions of the tables have to stay readable, and for whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse import pulled, schema, snapshot
from warehouse.errors import TableDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.lake import Lake
    from warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Pin:
    """Somebody relies on a version of a table: `snapshot NAME` or `campaign ID`."""

    table: str
    version: int
    by: str


def pins(lake: Lake) -> list[Pin]:
    """Every version that a snapshot names or that a campaign was started with.

    Raises:
        TableDamaged: a snapshot's file, or the table `campaigns`, cannot be read.
    """
    named = [pin for one in snapshot.list_(lake) for pin in of_snapshot(one)]
    return [*named, *of_campaigns(lake)]


def of_snapshot(one: Snapshot) -> list[Pin]:
    """The versions that a snapshot names."""
    return [
        Pin(table, version, f"snapshot {one.name}")
        for table, version in one.versions.items()
        if table in schema.TABLES and version >= 0
    ]


def of_campaigns(lake: Lake) -> list[Pin]:
    """The versions that campaigns were started with.

    A campaign writes the versions that it learns from into its options, as `versions` of some part
    of them; continued or repeated, it reads the same ones. One that was pulled from another lake
    names versions of that lake, and is continued there.

    Raises:
        TableDamaged: the table `campaigns` cannot be read.
    """
    elsewhere = pulled.campaigns(lake)
    return [
        Pin(table, version, f"campaign {row['campaign_id']}")
        for row in lake.read("campaigns", columns=["campaign_id", "options"]).to_pylist()
        if row["campaign_id"] not in elsewhere
        for versions in _versions_in(_options(row))
        for table, version in versions.items()
        if table in schema.TABLES and isinstance(version, int) and version >= 0
    ]


def _options(row: dict[str, str]) -> Any:  # noqa: ANN401  (any JSON value)
    try:
        return json.loads(row["options"])
    except ValueError as error:
        raise TableDamaged(f"the options of campaign {row['campaign_id']} are no JSON") from error


def _versions_in(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  (any JSON value)
    if isinstance(value, list):
        for one in value:
            yield from _versions_in(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "versions" and isinstance(one, dict):
                yield one
            else:
                yield from _versions_in(one)
