"""The charts of a report, as Vega-Lite that a browser draws; nothing in them has a fixed colour.

Colours are the page's own (`var(--…)`), so that one drawing serves a light screen, a dark one and
paper. Widths are those of the place where a chart stands. Rows are shortened for the charts alone;
the table under each has them whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from warehouse.report.figures import Row

Chart = dict[str, Any]

_WRAPPED = re.compile(r"(?:cgscc|function|loop|loop-mssa)(?:<[^()]*>)?\((.*)\)")
_SERIES = [f"var(--series-{number})" for number in range(1, 9)]
_GATE = ("agreed", "same_as_oz", "inconclusive", "not_run")
_GATE_COLOURS = ("var(--series-1)", "var(--series-5)", "var(--series-2)", "var(--line)")
_ROW_PX = 20
_LABEL_PX = 160


def labels(names: Sequence[str], most: int = 40) -> dict[str, str]:
    """A short label for each name, no two the same: passes without wrappers, cut in the middle."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        bare = name
        while (inner := _WRAPPED.fullmatch(bare)) is not None:
            bare = inner[1]
        # Variants of a pass differ at their end.
        half = most // 2
        label = bare if len(bare) <= most else f"{bare[: most - half]}…{bare[1 - half :]}"
        place = 2
        while label in found.values():
            label = f"{bare[: most - 4]}… {place}"
            place += 1
        found[name] = label
    return found


def _bars(
    rows: Sequence[Row], *, category: str, value: str, title: str, colour: str = "var(--accent)"
) -> Chart:
    """Horizontal bars in the order of the rows, their values beside them."""
    import altair as alt  # noqa: PLC0415  (half a second: only for who asked for a report)

    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        y=alt.Y(f"{category}:N", sort=None, title=None, axis=_names()),
        x=alt.X(f"{value}:Q", title=title, axis=alt.Axis(tickCount=5)),
    )
    bars = base.mark_bar(color=colour, cornerRadiusEnd=2).encode(
        tooltip=[alt.Tooltip(f"{category}:N"), alt.Tooltip(f"{value}:Q", title=title)]
    )
    return _spec(bars, height=_ROW_PX * max(2, len(rows)))


def cost(rows: Sequence[Row]) -> Chart:
    """Improvement of each campaign against what one of its functions cost."""
    import altair as alt  # noqa: PLC0415

    points = [
        {
            "strategy": row["strategy"],
            "cpu_s": row["cpu_s_per_function"],
            "gain": 100 * row["improvement_over_oz"],
            "functions": row["functions"],
        }
        for row in rows
        if row["cpu_s_per_function"]
    ]
    chart = (
        alt.Chart(alt.InlineData(values=points))
        .mark_point(filled=True, opacity=0.85)
        .encode(
            x=alt.X(
                "cpu_s:Q",
                scale=alt.Scale(type="log"),
                title="CPU seconds per function, all in",
                axis=_powers(),
            ),
            y=alt.Y("gain:Q", title="improvement over -Oz (%)"),
            size=alt.Size("functions:Q", legend=None, scale=alt.Scale(range=[60, 400])),
            color=_colour("strategy"),
            tooltip=["strategy:N", "functions:Q", "cpu_s:Q", "gain:Q"],
        )
    )
    return _spec(chart, height=280)


def curve(rows: Sequence[Row]) -> Chart:
    """Improvement that a strategy had found after so many lists."""
    import altair as alt  # noqa: PLC0415

    points = [
        {
            "strategy": row["strategy"],
            "lists": row["lists"],
            "gain": 100 * row["improvement_over_oz"],
        }
        for row in rows
    ]
    chart = (
        alt.Chart(alt.InlineData(values=points))
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X(
                "lists:Q",
                scale=alt.Scale(type="log"),
                title="lists tried on each function",
                axis=_powers(),
            ),
            y=alt.Y("gain:Q", title="improvement over -Oz (%)"),
            color=_colour("strategy"),
            tooltip=["strategy:N", "lists:Q", "gain:Q"],
        )
    )
    return _spec(chart, height=280)


def distribution(rows: Sequence[Row]) -> Chart:
    """Functions by how much smaller they became."""
    import altair as alt  # noqa: PLC0415

    values = [
        {"class": f"{row['percent']}–{row['percent'] + 5} %", "functions": row["functions"]}
        for row in rows
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(color="var(--accent)", cornerRadiusEnd=2)
        .encode(
            x=alt.X("class:N", sort=None, title="smaller than -Oz by", axis=_slanted()),
            y=alt.Y("functions:Q", title="functions"),
            tooltip=["class:N", "functions:Q"],
        )
    )
    return _spec(chart, height=240)


def gains(rows: Sequence[Row], category: str) -> Chart:
    """Improvement by some class of functions, in per cent."""
    named = labels([row[category] for row in rows], 26)
    values = [
        {category: named[row[category]], "gain": 100 * row["improvement_over_oz"]} for row in rows
    ]
    return _bars(values, category=category, value="gain", title="improvement over -Oz (%)")


def shares(rows: Sequence[Row]) -> Chart:
    """Passes by the share of winning lists that contain them."""
    named = labels([row["pass"] for row in rows], 27)
    values = [{"pass": named[row["pass"]], "share": 100 * row["share"]} for row in rows]
    return _bars(values, category="pass", value="share", title="of the winning lists (%)")


def pairs(rows: Sequence[Row]) -> Chart:
    """How often one pass stands before another, as a map."""
    import altair as alt  # noqa: PLC0415

    ranked = {row["earlier"]: row["earlier_rank"] for row in rows}
    ranked |= {row["later"]: row["later_rank"] for row in rows}
    named = labels(sorted(ranked, key=lambda name: (ranked[name], name)), 20)
    order = list(named.values())
    values = [
        {
            "earlier": named[row["earlier"]],
            "later": named[row["later"]],
            "functions": row["functions"],
        }
        for row in rows
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color="var(--accent)")
        .encode(
            x=alt.X("later:N", sort=order, title="later", axis=_slanted(-90, 120)),
            y=alt.Y("earlier:N", sort=order, title="earlier", axis=_names(120)),
            opacity=alt.Opacity("functions:Q", scale=alt.Scale(range=[0.06, 1]), legend=None),
            tooltip=["earlier:N", "later:N", "functions:Q"],
        )
    )
    return _spec(chart, height=22 * max(3, len(order)))


def outcomes(rows: Sequence[Row]) -> Chart:
    """Evaluations by outcome; far apart, so on a logarithmic axis."""
    import altair as alt  # noqa: PLC0415

    counts: dict[str, int] = {}
    for row in rows:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + row["evaluations"]
    values: list[Row] = [{"outcome": name, "evaluations": n} for name, n in counts.items()]
    chart = (
        alt.Chart(alt.InlineData(values=sorted(values, key=_by_count, reverse=True)))
        .mark_bar(cornerRadiusEnd=2, color="var(--series-3)")
        .encode(
            y=alt.Y("outcome:N", sort=None, title=None, axis=_names()),
            x=alt.X(
                "evaluations:Q",
                scale=alt.Scale(type="symlog"),
                title="evaluations (logarithmic)",
                axis=alt.Axis(values=[1, 100, 10_000, 1_000_000, 100_000_000], format=",d"),
            ),
            tooltip=["outcome:N", "evaluations:Q"],
        )
    )
    return _spec(chart, height=_ROW_PX * max(2, len(values)))


def _by_count(one: Row) -> int:
    return int(one["evaluations"])


def gate(rows: Sequence[Row]) -> Chart:
    """What is known of the best lists, in one bar."""
    import altair as alt  # noqa: PLC0415

    values = [
        {"gate": row["gate"], "functions": row["functions"], "place": place}
        for place, row in enumerate(rows)
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(height=30)
        .encode(
            x=alt.X("functions:Q", stack="normalize", title=None, axis=alt.Axis(format="%")),
            color=_colour("gate", dict(zip(_GATE, _GATE_COLOURS, strict=True))),
            order=alt.Order("place:Q"),
            tooltip=["gate:N", "functions:Q"],
        )
    )
    return _spec(chart, height=50)


def groups(rows: Sequence[Row], title: str) -> Chart:
    """Functions by one facet of the corpus."""
    named = labels([row["name"] for row in rows], 30)
    values = [{"name": named[row["name"]], "functions": row["functions"]} for row in rows]
    return _bars(values, category="name", value="functions", title=title, colour="var(--series-2)")


def _slanted(angle: float = -45, limit: int = 80) -> alt.Axis:
    import altair as alt  # noqa: PLC0415

    return alt.Axis(labelAngle=angle, labelLimit=limit, grid=False)


def _names(limit: int = _LABEL_PX) -> alt.Axis:
    import altair as alt  # noqa: PLC0415

    return alt.Axis(labelLimit=limit, grid=False, ticks=False, domain=False)


def _powers() -> alt.Axis:
    """Of a logarithmic axis: few labels, no lines."""
    import altair as alt  # noqa: PLC0415

    return alt.Axis(grid=False, labelOverlap="greedy", labelSeparation=8)


def _colour(field: str, fixed: dict[str, str] | None = None) -> alt.Color:
    """A colour for each name: those of `fixed`, or one after the other."""
    import altair as alt  # noqa: PLC0415

    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=160)
    scale = (
        alt.Scale(range=_SERIES)
        if fixed is None
        else alt.Scale(domain=list(fixed), range=list(fixed.values()))
    )
    return alt.Color(f"{field}:N", scale=scale, legend=legend)


def _spec(chart: alt.Chart, *, height: int) -> Chart:
    ink, quiet, line = "var(--ink)", "var(--quiet)", "var(--line)"
    words = {"labelColor": quiet, "titleColor": quiet, "titleFontWeight": "normal"}
    axis = {**words, "domainColor": line, "tickColor": line, "gridColor": line, "gridOpacity": 0.6}
    spec: Chart = chart.properties(width="container", height=height).to_dict()
    del spec["$schema"]  # the library in the page is the one that it is written for
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["config"] = {
        "background": None,
        "view": {"stroke": None},
        "font": "system-ui, sans-serif",
        "axis": axis,
        "legend": {**words, "symbolStrokeWidth": 0},
        "text": {"color": ink},
        "range": {"category": _SERIES},
    }
    return spec
