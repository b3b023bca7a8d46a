from autotune.bench_gate import GateFigures, Share, bench_gate
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from warehouse.lake import Lake

MUTANTS, STOCK = 3, 9


def test_measures_conclusion_power_false_alarms_and_cost(golden_lake: Lake) -> None:
    chosen = select(golden_lake, Selection(sample=3, max_instructions=30))
    said: list[str] = []
    figures = bench_gate(
        golden_lake,
        find_toolchain(),
        chosen,
        mutants=MUTANTS,
        stock_pairs=STOCK,
        seed=0,
        say=said.append,
    )
    assert figures.pairs == Share(3, 3)
    assert figures.winners == Share(0, 0)  # nothing was tuned: every function stands with -Oz
    assert figures.stock == Share(STOCK, STOCK)
    assert figures.refuted_stock == []
    assert 0 < figures.caught_in_all.part <= figures.caught_in_all.whole <= 3 * MUTANTS
    assert figures.cpu_s_per_pair > 0
    assert figures.document()["caught_in_all"]["whole"] == figures.caught_in_all.whole


def test_shares_add_up_and_say_what_they_are_of() -> None:
    assert Share(1, 2) + Share(2, 6) == Share(3, 8)
    assert str(Share(3, 8)) == "3 of 8, 37.5 %"
    assert str(Share()) == "0 of 0"


def test_rows_are_for_people() -> None:
    figures = GateFigures(pairs=Share(1, 2), cpu_us=300_000)
    figures.reasons["inline assembly"] += 1
    rows = {row["figure"]: row["value"] for row in figures.rows()}
    assert rows["pairs that conclude"] == "1 of 2, 50.0 %"
    assert rows["no conclusion: inline assembly"] == "1"
    assert rows["CPU s a pair"] == "0.150"
