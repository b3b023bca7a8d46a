import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from autotune import unit_lists
from autotune.advice import UNIT_LISTS, known
from autotune.advice import unit_lists as shipped
from autotune.replacing import replacing
from autotune.search.base import Evaluation, PassIds, Problem, Strategy
from autotune.search.local_search import LocalSearch
from autotune.search.unit_walk import UnitWalk
from corpus.llvm.baselines import OZ, without_optnone
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace
from warehouse.freshness import winners_mark

SPACE = PassSpace.load()


def ids(*texts: str) -> PassIds:
    return tuple(SPACE.by_text[text].pass_id for text in texts)


SROA, GVN, MERGE = "function(sroa)", "function(gvn-hoist)", "mergefunc"


def test_the_lists_that_come_along_are_all_of_the_pass_space() -> None:
    written = [line for line in UNIT_LISTS.read_text().splitlines() if line[:1] not in {"#", ""}]
    assert written
    assert len(shipped(SPACE)) == len(written)


def test_advice_of_another_pass_space_and_oz_itself_are_left_out() -> None:
    said = [OZ, f"{SROA},{OZ}", "no-such-pass", "newgvn", "(", f"{SROA},{OZ}"]
    assert known(SPACE, said) == (ids(SROA, OZ),)


def test_lists_are_chosen_by_what_they_add_to_those_before_for_their_cost() -> None:
    oz, tail, level, both = ids(OZ), ids(OZ, GVN), ids(MERGE, OZ), ids(OZ, SROA, GVN)
    tables = [
        {oz: 1000, tail: 950, level: 930, both: 950},
        {oz: 2000, tail: 2000, level: 1800, both: 2000},
        {oz: 100, tail: 100, level: 101, both: 100},
    ]
    # `level` brings more, but passes after -Oz cost a fifth of another level.
    assert unit_lists.choose(SPACE, tables, oz) == [tail, level]
    assert unit_lists.choose(SPACE, tables, oz, most=1) == [tail]


def test_a_list_that_failed_on_one_unit_is_not_chosen() -> None:
    oz, tail = ids(OZ), ids(OZ, GVN)
    assert unit_lists.choose(SPACE, [{oz: 100, tail: 50}, {oz: 100}], oz) == []


def kept_up_to_the_level(strategy: Strategy, start: PassIds) -> int:
    """How many of 100 lists begin as `start`, which stays the best, does up to its level."""
    asked: list[PassIds] = []
    while len(asked) < 100:
        batch = strategy.ask(4)
        told = [Measurement(Outcome.OK, 1, 900 + 50 * (one != start), hash(one)) for one in batch]
        strategy.tell(list(map(Evaluation, batch, told)))
        asked += batch
    assert len(set(asked)) == len(asked)
    return sum(one[:2] == start[:2] for one in asked)


def test_a_walk_on_a_unit_mostly_keeps_what_comes_up_to_the_last_level() -> None:
    start = ids(MERGE, OZ, SROA)
    problem = Problem(SPACE, 0, 500, "object_bytes", 1000, coreset=(start,), options={"width": 4})
    kept = kept_up_to_the_level(UnitWalk(problem), start)
    assert kept > 1.5 * kept_up_to_the_level(LocalSearch(problem), start)


def test_optnone_takes_its_noinline_along_and_leaves_others_alone() -> None:
    ir = (
        "attributes #0 = { noinline nounwind optnone uwtable }\n"
        "attributes #1 = { noinline nounwind }\n"
        "attributes #2 = { noinline optnone }\n"
    )
    assert without_optnone(ir) == (
        "attributes #0 = { nounwind optsize uwtable }\n"
        "attributes #1 = { noinline nounwind }\n"
        "attributes #2 = { optsize }\n"
    )


def test_an_output_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "prog"
    target.write_text("old")
    target.chmod(0o755)
    with suppress(KeyboardInterrupt), replacing(target) as part:
        part.write_text("ha")
        raise KeyboardInterrupt
    assert (target.read_text(), len(list(tmp_path.iterdir()))) == ("old", 1)
    with replacing(target) as part:
        part.write_text("new")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o755)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.o").write_text("old")
    (tmp_path / "link.o").symlink_to("real.o")
    with replacing(tmp_path / "link.o") as part:
        part.write_text("new")
    assert (tmp_path / "link.o").is_symlink()
    assert (tmp_path / "real.o").read_text() == "new"


def test_a_lakes_mark_changes_with_its_winners(tmp_path: Path) -> None:
    assert winners_mark(str(tmp_path)) == ""
    log = tmp_path / "winners" / "_delta_log"
    log.mkdir(parents=True)
    marks = {winners_mark(str(tmp_path))}
    for version in range(2):
        (log / f"{version:020}.json").touch()
        marks.add(winners_mark(str(tmp_path)))
    assert len(marks) == 3


def test_the_compiler_starts_without_what_only_other_commands_need() -> None:
    heavy = "{'typer', 'rich', 'pyarrow', 'duckdb', 'deltalake', 'numpy', 'tomllib', 'optuna'}"
    code = f"import cli.start, cli.cc, sys; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_search_without_a_lake_opens_no_tables() -> None:
    code = "import autotune.unit_search, sys; print({'pyarrow', 'duckdb'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
