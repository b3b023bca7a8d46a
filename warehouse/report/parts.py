"""What a report's page is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.report.charts import Chart


@dataclass(frozen=True)
class Figure:
    """A chart with the table that says the same; `name` is its id in the page."""

    name: str
    title: str
    chart: Chart
    table: str


@dataclass(frozen=True)
class Section:
    """A part of the page under a heading: HTML, then figures, then more HTML."""

    name: str
    title: str
    lead: str
    figures: Sequence[Figure] = ()
    after: str = ""
