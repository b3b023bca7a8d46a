"""The sections of a report: what is said, which chart shows it, and the table under the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.report import charts
from warehouse.report.evidence import wins
from warehouse.report.markup import number, percent, table
from warehouse.report.parts import Figure, Section

if TYPE_CHECKING:
    from warehouse.report.figures import Figures, Row


def sections(found: Figures) -> list[Section]:
    """All sections that have something to show, in the order of the page."""
    made = [
        _methods(found),
        _judged(found),
        _cost(found),
        _where(found),
        _passes(found),
        _outcomes(found),
        _gate(found),
        _corpus(found),
        wins(found),
    ]
    return [one for one in made if one is not None]


def cards(found: Figures) -> list[tuple[str, str, str]]:
    """The figures on top: what, how much, and a line of detail; as plain text."""
    head = found.headline
    searched, unit = head["functions"], found.unit
    if not searched:
        held = f"of {number(head['programs_held'])} programs"
        return [("functions held", number(head["functions_held"]), held)]
    sure = sum(
        row["functions"] for row in found.rows["gate"] if row["gate"] in {"agreed", "same_as_oz"}
    )
    cpu_s = head["cpu_s"] or 0.0
    share = percent(head["functions_improved"] / searched)
    return [
        (
            f"{unit} saved",
            number(head["oz"] - head["value"]),
            f"of the {number(head['oz'])} that -Oz leaves",
        ),
        (
            "over -Oz without size marks",
            percent(head["improvement_over_oz_plain"]),
            "the weaker baseline of published work",
        ),
        ("functions searched", number(searched), f"of {number(head['functions_held'])} held"),
        ("made smaller", number(head["functions_improved"]), f"{share} of those searched"),
        (
            "lists evaluated",
            number(head["evaluations"]),
            f"{cpu_s / 3600:,.2f} CPU hours, {cpu_s / searched:,.2f} s a function",
        ),
        (
            "agreed, or -Oz itself",
            percent(sure / searched),
            "executed before and after on inputs, or unchanged",
        ),
    ]


def _methods(found: Figures) -> Section | None:
    if not found.leaderboard:
        return None
    columns = {
        "method": "method",
        "functions": "functions",
        "improvement_over_oz": "over oz, %",
        "improvement_over_oz_plain": "over oz_plain, %",
        "functions_improved": "improved",
        "functions_regressed": "regressed",
        "instructions_saved": "saved",
        "compilations": "compilations",
        "cpu_s": "CPU s",
    }
    lead = (
        "Every method on one ruler, by instructions. Each on the functions that it was run on, so"
        " two lines compare only where their functions are the same."
    )
    shown = table(found.leaderboard, columns, "What each method gained, and what it cost")
    return Section("methods", "Methods", lead, after=shown)


def _judged(found: Figures) -> Section | None:
    rows = found.rows["judged"]
    if not rows:
        return None
    columns = {
        "method": "method",
        "functions": "functions",
        "improvement_over_oz": "over oz, %",
        "improvement_with_backup": "with backup, %",
        "improvement_over_oz_plain": "over oz_plain, %",
        "functions_improved": "improved",
        "functions_regressed": "regressed",
        "instructions_saved": "saved",
        "instructions_regressed": "lost",
        "refused": "refused",
        "wrong_code": "wrong code",
        "compilations": "tries",
        "cpu_s": "CPU s",
    }
    by_snapshot: dict[str, list[Row]] = {}
    for row in rows:
        by_snapshot.setdefault(row["snapshot"], []).append(row)
    figures = [
        Figure(
            f"judged-{place}",
            f"Improvement over -Oz by method: {snapshot}",
            charts.gains(
                [
                    {**row, "method": f"{row['method']} {row['model_id'][:8]}".strip()}
                    for row in some
                ],
                "method",
            ),
            table(some, columns, f"Methods judged on {snapshot}"),
        )
        for place, (snapshot, some) in enumerate(by_snapshot.items())
    ]
    lead = (
        "What each method of passlake judge answers for functions of programs that it has not seen;"
        " tries are the lists it compiles for one answer, CPU seconds what one answer takes. With"
        " backup, -Oz is compiled too and the smaller taken. Answers that fail or are wrong code"
        " are refused and count as -Oz."
    )
    return Section("judged", "Methods on unseen programs", lead, figures)


def _cost(found: Figures) -> Section | None:
    campaigns, curve = found.rows["campaigns"], found.rows["curve"]
    if not campaigns:
        return None
    columns = {
        "campaign_id": "campaign",
        "strategy": "strategy",
        "functions": "functions",
        "improvement_over_oz": "over oz, %",
        "cpu_s_per_function": "CPU s per function",
        "evaluations": "lists",
    }
    steps = {"strategy": "strategy", "lists": "lists tried", "improvement_over_oz": "over oz, %"}
    sample = (
        ""
        if found.curve_one_in == 1
        else f" The curve is of one function in {number(found.curve_one_in)}."
    )
    return Section(
        "cost",
        "Gain against cost",
        "Each point is a campaign: its pooled improvement over -Oz, and all the CPU time that one"
        " of its functions cost, confirmation included. The curves are what the searches had found"
        " after so many lists, before minimising and confirming; each strategy on its own"
        f" functions.{sample}",
        [
            Figure(
                "cost-campaigns",
                "Improvement over -Oz against CPU seconds per function",
                charts.cost(campaigns),
                table(campaigns, columns, "Campaigns"),
            ),
            Figure(
                "cost-curve",
                "Improvement over -Oz after so many lists",
                charts.curve(curve),
                table(curve, steps, "After so many lists"),
            ),
        ],
    )


def _where(found: Figures) -> Section | None:
    rows = found.rows
    if not rows["distribution"]:
        return None
    programs = [
        {**row, "program": row["program"] or f"{row['programs']} others"}
        for row in rows["by_program"]
    ]
    sizes = [{**row, "size": f"{row['at_least']} or more"} for row in rows["by_size"]]
    counts = {
        "functions": "functions",
        "functions_improved": "made smaller",
        "saved": f"{found.unit} saved",
        "improvement_over_oz": "over oz, %",
    }
    spread = {
        "percent": "smaller by at least, in per cent",
        "functions": "functions",
        "saved": "saved",
    }
    return Section(
        "where",
        "Where the gain is",
        "Most functions have -Oz itself as their best list; these are the others. Programs are"
        " those on which most is saved, sizes those of the functions before any pass.",
        [
            Figure(
                "spread",
                "Functions by how much smaller they became",
                charts.distribution(rows["distribution"]),
                table(rows["distribution"], spread, "Distribution of gains"),
            ),
            Figure(
                "sizes",
                "Improvement over -Oz by instructions before any pass",
                charts.gains(sizes, "size"),
                table(sizes, {"size": "instructions", **counts}, "Sizes"),
            ),
            Figure(
                "programs",
                "Improvement over -Oz by program",
                charts.gains(programs, "program"),
                table(programs, {"program": "program", **counts}, "Programs"),
            ),
        ],
    )


def _passes(found: Figures) -> Section | None:
    passes, pairs = found.rows["passes"], found.rows["pairs"]
    if not passes:
        return None
    columns = {"pass": "pass", "functions": "functions", "uses": "uses", "share": "of lists, %"}
    both = {"earlier": "earlier", "later": "later", "functions": "functions"}
    return Section(
        "passes",
        "Which passes win",
        "Passes in the minimised lists that beat -Oz, and which of them stands somewhere before"
        " which. A pass that leaves a function as it was is in no minimised list.",
        [
            Figure(
                "pass-shares",
                "Winning lists that contain a pass",
                charts.shares(passes),
                table(passes, columns, "Passes"),
            ),
            Figure(
                "pass-pairs",
                "Lists in which one pass stands before another",
                charts.pairs(pairs),
                table(pairs, both, "Pairs of passes"),
            ),
        ],
    )


def _outcomes(found: Figures) -> Section | None:
    rows = found.rows["outcomes"]
    if not rows:
        return None
    columns = {
        "strategy": "strategy",
        "outcome": "outcome",
        "evaluations": "evaluations",
        "cpu_s": "CPU s",
    }
    figure = Figure(
        "outcomes-count",
        "Evaluations by outcome",
        charts.outcomes(rows),
        table(rows, columns, "Outcomes"),
    )
    lead = (
        "How evaluations ended. LLVM crashing, hanging or eating memory on a list is an outcome,"
        " not a score."
    )
    return Section("outcomes", "Outcomes", lead, [figure])


def _gate(found: Figures) -> Section | None:
    rows = found.rows["gate"]
    if not rows:
        return None
    columns = {"gate": "gate", "functions": "functions", "share": "share, %", "saved": "saved"}
    verdicts = {
        "kind": "found by",
        "verdict": "verdict",
        "verdicts": "verdicts",
        "pass_lists": "pass lists",
    }
    after = table(found.rows["verdicts"], verdicts, "Verdicts") if found.rows["verdicts"] else ""
    return Section(
        "gate",
        "What is known to be right",
        "A best list is agreed when the function did the same before and after it on every input"
        " that was tried, inconclusive when that could not be told, same_as_oz when it is -Oz"
        " itself, not_run when nobody looked. A refuted list is never a best one.",
        [
            Figure(
                "gate-shares",
                "Best lists by what the gate says",
                charts.gate(rows),
                table(rows, columns, "The gate"),
            )
        ],
        after,
    )


def _corpus(found: Figures) -> Section | None:
    by_facet: dict[str, list[Row]] = {}
    for row in found.rows["corpus"]:
        by_facet.setdefault(row["facet"], []).append(row)
    if not by_facet:
        return None
    columns = {
        "functions": "functions",
        "programs": "programs",
        "instructions": "instructions",
    }
    figures = [
        Figure(
            f"corpus-{facet}",
            f"Functions by {facet}",
            charts.groups(by_facet[facet], "functions"),
            table(by_facet[facet], {"name": facet, **columns}, f"By {facet}"),
        )
        for facet in ("split", "language", "origin", "licence")
    ]
    lost = found.rows["losses"]
    columns = {"stage": "stage", "losses": "losses", "programs": "programs"}
    after = table(lost, columns, "What did not become functions") if lost else ""
    lead = "What the functions are, and what did not become one. The twelve largest groups of each."
    return Section("corpus", "The corpus", lead, figures, after)
