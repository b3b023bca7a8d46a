"""The prompt of `passlake sql`, typed at as a person would."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from cli.sql_prompt import SqlCompleter, SqlPrompt
from warehouse import schema, snapshot
from warehouse.lake import Lake

Typed = Callable[..., str]

CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)


@pytest.fixture
def typed(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture
) -> Typed:
    """What the prompt says when lines are typed at it, until Ctrl-D."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def type_lines(*lines: str, name: str | None = None) -> str:
        with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
            keys.send_text("".join(lines) + CTRL_D)
            prompt = SqlPrompt(lake, name, None)
            prompt.run()
            prompt.close()
        said = capsysbinary.readouterr()
        return (said.out + said.err).decode()

    return type_lines


def completions(text: str) -> list[str]:
    found = SqlCompleter(["SELECT", "SUM"]).get_completions(Document(text), CompleteEvent())
    return [one.text for one in found]


def test_a_statement_is_answered_as_a_table(typed: Typed) -> None:
    said = typed("SELECT 41 + 1 AS n;\r")
    assert "42" in said
    assert "1 row" in said


def test_a_statement_may_have_many_lines(typed: Typed) -> None:
    assert "42" in typed("SELECT\r41 + 1\rAS n;\r")


def test_an_error_is_one_line_and_the_prompt_goes_on(typed: Typed) -> None:
    said = typed("SELECT nope;\r", "SELECT 7 AS n;\r")
    assert '"nope" was not found' in said
    assert "7" in said


def test_nothing_can_be_written_at_the_prompt(typed: Typed, lake: Lake) -> None:
    said = typed(
        "CREATE TABLE mine AS SELECT 1;\r", "COPY (SELECT 1) TO 'x';\r", "DROP VIEW best;\r"
    )
    assert said.count("is not allowed, a lake is only read here") == 3
    assert not (lake.folder / "x").exists()


def test_a_prompt_sees_one_state_until_it_is_told_to_look_again(
    lake: Lake, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = schema.table_of("passes", [{"pass_space": "s", "text": "a", "name": "a", "level": "m"}])
    lake.commit("w", 0, [lake.stage("passes", rows, name="one")])
    staged = lake.stage("passes", rows, name="two")
    real = SqlPrompt._say

    def commit_then_say(prompt: SqlPrompt, statement: str) -> None:
        lake.commit("w", 1, [staged])
        real(prompt, statement)

    monkeypatch.setattr(SqlPrompt, "_say", commit_then_say)
    count = "SELECT 'counted ' || count(*) AS n FROM passes;\r"
    said = typed(count, ".refresh\r", count)
    assert said.index("counted 1") < said.index("counted 2")


def test_commands_say_what_there_is(typed: Typed) -> None:
    said = typed(".tables\r", ".schema best\r", ".queries\r", ".query outcomes\r", ".help\r")
    assert "judgements" in said
    assert "oz_plain_instructions" in said
    assert "leaderboard            Every method on one ruler" in said
    assert "0 rows" in said
    assert ".format FORMAT" in said


def test_answers_come_in_the_format_that_was_asked_for(typed: Typed) -> None:
    assert '[{"n": 1}]' in typed(".format json\r", "SELECT 1 AS n;\r")
    assert '"n"\n1\n' in typed(".format csv\r", "SELECT 1 AS n;\r")
    assert "arrow: there is table, csv, json" in typed(".format arrow\r")


def test_what_is_no_table_is_said_to_be_none(typed: Typed) -> None:
    assert "nope: there is functions, " in typed(".schema nope\r")


def test_ctrl_c_leaves_a_line_and_not_the_prompt(typed: Typed) -> None:
    said = typed("SELECT 13", CTRL_C, "SELECT 14 AS n;\r", ".quit\r")
    assert "14" in said
    assert "13" not in said


def test_what_was_typed_is_kept_for_the_next_time(typed: Typed, tmp_path: Path) -> None:
    typed("SELECT 1 AS n;\r")
    history = tmp_path / "home" / ".local" / "state" / "passlake" / "sql_history"
    assert "+SELECT 1 AS n;" in history.read_text()


def test_without_a_home_nothing_is_kept_and_the_prompt_works(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    assert "42" in typed("SELECT 42 AS n;\r")


def test_a_prompt_can_look_at_a_snapshot(lake: Lake, typed: Typed) -> None:
    snapshot.create(lake, "then")
    assert "snapshot then of" in typed("SELECT 1 AS n;\r", name="then")


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("SELE", ["selection", "SELECT"]),
        ("SELECT * FROM verd", ["verdicts"]),
        ("FROM best WHERE oz_pl", ["oz_plain_instructions", "oz_plain_object_bytes"]),
        ("SELECT best.num", ["num_passes"]),
        ("FROM best AS b WHERE b.num", ["num_passes"]),
        (".qu", [".queries", ".quit", ".query"]),
        (".query lead", ["leaderboard"]),
        (".format c", ["csv"]),
        (".schema pas", ["passes"]),
        ("", []),
    ],
)
def test_completion_offers_what_may_stand_there(text: str, some: list[str]) -> None:
    assert completions(text) == some
