"""The curve of gain against CPU time, one line for each strategy, as a file of its own."""

from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from autotune.errors import BadOption
from autotune.search_figures import Row, SearchFigures

KINDS: Final = (".html", ".png", ".svg")

_WIDTH, _HEIGHT = 640, 400


def check_plot(path: Path) -> None:
    """Raise BadOption unless a plot can be written to a file of this name."""
    if path.suffix not in KINDS:
        raise BadOption(f"--plot {path}: a plot is one of {', '.join(KINDS)}")
    if not path.absolute().parent.is_dir():
        raise BadOption(f"--plot {path}: there is no folder {path.parent}")


def plot_search(figures: SearchFigures, path: Path) -> None:
    """Write the plot to a .svg, .png or .html file that needs nothing from elsewhere."""
    check_plot(path)
    # Half a second and a renderer of 30 MB: only for who asked for a plot.
    import altair as alt  # noqa: PLC0415

    reference, *rows = figures.rows
    points = pa.Table.from_pylist([_point(one) for one in rows])
    x = alt.X(
        "cpu_s:Q",
        scale=alt.Scale(type="log", nice=False),
        title="CPU seconds per function, everything included",
    )
    y = alt.Y("gain:Q", title="improvement over -Oz, pooled (%)")
    colour = alt.Color("strategy:N", title=None)
    lines = alt.Chart(points).mark_line(point=True).encode(x=x, y=y, color=colour)
    bars = (
        alt.Chart(points)
        .mark_rule(opacity=0.3)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour)
    )
    said = f"{reference.method}, {reference.budget}, {reference.cpu_s:.0f} CPU s"
    deep = pa.Table.from_pylist([{"gain": 100 * reference.improvement_over_oz, "said": said}])
    rule = alt.Chart(deep).mark_rule(strokeDash=[6, 4]).encode(y=y)
    label = rule.mark_text(align="left", dx=4, dy=-6).encode(x=alt.value(0), text="said:N")
    chart = alt.layer(bars, lines, rule, label).properties(
        width=_WIDTH,
        height=_HEIGHT,
        title=f"{figures.functions} functions, {figures.toolchain}; bars: 95 % of the bootstrap",
    )
    chart.save(str(path), inline=path.suffix == ".html")


def _point(row: Row) -> dict[str, Any]:
    return {
        "strategy": row.method,
        "cpu_s": row.cpu_s,
        "gain": 100 * row.improvement_over_oz,
        "low": 100 * row.improvement_low,
        "high": 100 * row.improvement_high,
    }
