"""What a report's figures rest on: the code of the largest wins, and where all of it comes from."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from warehouse.report import code
from warehouse.report.markup import number, table, text
from warehouse.report.parts import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warehouse.report.figures import Figures


def wins(found: Figures) -> Section | None:
    """The code of some functions before and after; None where nothing was made smaller."""
    rows = found.rows["wins"]
    if not rows:
        return None
    options = "".join(
        f'<optgroup label="{said}">'
        + "".join(
            f'<option value="win-{place}">{text(_named(win), most=90)}</option>'
            for place, win in enumerate(rows)
            if win["short"] == short
        )
        + "</optgroup>"
        for short, said in ((True, "Short enough to read here"), (False, "The largest of all"))
    )
    choice = f'<label class="choose">Function <select id="choose-win">{options}</select></label>'
    articles = "".join(_win(place, win, found.unit) for place, win in enumerate(rows))
    return Section(
        "wins",
        "The largest wins",
        "The functions on which most is saved against -Oz, before any pass and after their best"
        " list. Lines that differ in local names alone count as unchanged.",
        after=choice + articles,
    )


def _win(place: int, win: Mapping[str, Any], unit: str) -> str:
    facts = (
        f"{number(win['unoptimised'])} instructions before any pass; {unit}: "
        f"-Oz {number(win['oz'])}, this list {number(win['value'])}; "
        f"gate {win['gate']}; found by {win['strategy']}"
    )
    shown = code.side_by_side(win["ir"], win["optimised_ir"] or "")
    return (
        f'<article class="win" id="win-{place}"><h3>{text(_named(win))}</h3><p>{text(facts)}</p>'
        f'<p class="list"><code>{text(win["pass_list"], most=1500)}</code></p>'
        f"{shown}<p class='more'>function {text(win['function_id'])}</p></article>"
    )


def _named(win: Mapping[str, Any]) -> str:
    return f"{win['program']}: {win['name']}, {win['oz']} → {win['value']}"


def provenance(found: Figures, made: Iterable[tuple[str, str]]) -> str:
    """Where the figures come from, as HTML: `made` are facts about the page itself."""
    facts = [
        *made,
        ("objective", found.objective),
        ("toolchain", found.toolchain or "nothing was searched yet"),
        ("snapshot", found.snapshot or "none: the tables' present versions"),
        ("versions", ", ".join(f"{name} {version}" for name, version in found.versions.items())),
    ]
    listed = "".join(
        f"<dt>{text(name)}</dt><dd>{text(said, most=600)}</dd>" for name, said in facts
    )
    tools = {
        "toolchain": "toolchain",
        "pass_space": "pass space",
        "code_version": "code",
        "functions": "functions",
        "campaigns": "campaigns",
    }
    commands = [
        {"campaign": row["campaign_id"], "command": _command(row, found.objective), **_of_run(row)}
        for row in found.rows["campaigns"]
    ]
    shown = {
        "campaign": "campaign",
        "command": "command, with the selection of functions that it was given",
        "started": "started",
        "code": "code",
    }
    tables = [
        table(found.rows["toolchains"], tools, "Toolchains and code") if found.toolchain else "",
        table(commands, shown, "Commands") if commands else "",
    ]
    return f"<dl>{listed}</dl>{''.join(tables)}"


def _of_run(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "started": row["started_at"].strftime("%Y-%m-%d %H:%M UTC"),
        "code": row["code_version"],
    }


def _command(row: Mapping[str, Any], objective: str) -> str:
    words = ["passlake", "tune", "--strategy", row["strategy"], "--seed", str(row["seed"])]
    if row["evaluations_per_function"] is not None:
        words += ["--evaluations", str(row["evaluations_per_function"])]
    if row["cpu_seconds_per_function"] is not None:
        words += ["--cpu-seconds", json.dumps(row["cpu_seconds_per_function"])]
    if objective != "instructions":
        words += ["--objective", objective]
    return shlex.join(words)
