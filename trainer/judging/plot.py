"""The judge's table as a picture: what each method gains for the lists that it tries."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from autotune.plot_search import check_plot
from trainer.judging.figures import ORACLE, Figures
from trainer.judging.report import JudgeReport

_WIDTH, _HEIGHT = 720, 440


def plot_judged(report: JudgeReport, path: Path) -> None:
    """Write the plot of the snapshot's functions to a .svg, .png or .html file.

    Raises BadOption where it can be none.
    """
    check_plot(path)
    import altair as alt

    block = report.blocks[0]
    points = pa.Table.from_pylist([_point(one) for one in block.figures if one.method != ORACLE])
    x = alt.X(
        "tries:Q",
        scale=alt.Scale(type="symlog", constant=1),
        title="lists compiled for one answer",
        axis=alt.Axis(values=[0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000]),
    )
    y = alt.Y("gain:Q", title="improvement over -Oz, pooled (%)")
    colour = alt.Color("family:N", title=None, legend=None)
    whole = alt.Chart(points)
    bars = whole.mark_rule(opacity=0.3).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour)
    marks = whole.mark_point(filled=True, size=60).encode(x=x, y=y, color=colour)
    names = whole.mark_text(align="left", dx=6, dy=-4).encode(x=x, y=y, text="method:N")
    chart = alt.layer(bars, marks, names).properties(
        width=_WIDTH,
        height=_HEIGHT,
        title=f"{block.functions} functions of {block.programs} unseen programs,"
        f" {report.toolchain}; bars: 95 % of the bootstrap",
    )
    chart.save(str(path), inline=path.suffix == ".html")


def _point(one: Figures) -> dict[str, Any]:
    return {
        "method": one.method,
        "family": one.method.partition(":")[0],
        "tries": one.compilations_per_function,
        "gain": 100 * one.improvement_over_oz,
        "low": 100 * one.improvement_low,
        "high": 100 * one.improvement_high,
    }
