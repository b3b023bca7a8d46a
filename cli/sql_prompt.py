"""The prompt of `passlake sql`: statements until Ctrl-D, with history and completion."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from cli.sql_output import show_rows, write_rows
from warehouse.errors import SqlError, WarehouseError
from warehouse.formats import WRITERS
from warehouse.lake import Lake
from warehouse.named_queries import all_ as all_queries
from warehouse.session import Session, columns

HELP = """\
A statement ends with a semicolon; only reading is possible.
  .tables          what there is to ask about
  .schema TABLE    its columns
  .queries         the named queries, and what they answer
  .query NAME      run one
  .format FORMAT   table, or csv, json for what follows
  .refresh         see what was committed since the prompt was opened
  .help, .quit     Ctrl-C leaves a statement, Ctrl-D the prompt
"""

FORMATS = ("table", "csv", "json")
"""What a terminal can show."""

_WORD_ENDS = " \t\n,();=<>+-*/'\""


class SqlCompleter(Completer):
    """Tables, the columns of tables that the statement names, keywords; after a dot, commands."""

    def __init__(self, keywords: Iterable[str]) -> None:
        self._columns = columns()
        self._keywords = sorted(keywords)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What may stand where the cursor is."""
        del complete_event
        before = document.text_before_cursor
        word = before[max(before.rfind(end) for end in _WORD_ENDS) + 1 :]
        if before.lstrip().startswith("."):
            choices = self._of_command(before.lstrip())
        elif "." in word:
            table, _, word = word.partition(".")
            choices = self._columns.get(table, self._named(document.text))
        elif before[: len(before) - len(word)].lower().split()[-1:] in (["from"], ["join"]):
            choices = [*self._columns]
        else:
            choices = [*self._named(document.text), *self._columns, *self._keywords]
        for choice in dict.fromkeys(choices):
            if word and choice.lower().startswith(word.lower()) and choice != word:
                yield Completion(choice, start_position=-len(word))

    def _named(self, text: str) -> list[str]:
        """Columns of the tables that the statement names, or of all."""
        tables = [table for table in self._columns if table in text] or list(self._columns)
        return sorted({column for table in tables for column in self._columns[table]})

    def _of_command(self, text: str) -> list[str]:
        arguments = {".schema": [*self._columns], ".query": [*all_queries()], ".format": [*FORMATS]}
        commands = [".tables", ".queries", ".refresh", ".help", ".quit", *arguments]
        return arguments.get(text.split(maxsplit=1)[0], commands) if " " in text else commands


class SqlPrompt:
    """One prompt on one lake: reads lines, says rows, and ends when it is told to."""

    def __init__(self, lake: Lake, snapshot: str | None, memory: int | None) -> None:
        self._open: Callable[[], Session] = lambda: Session(lake, snapshot, memory=memory)
        self._session = self._open()
        self._format = "table"
        where = lake.location if snapshot is None else f"snapshot {snapshot} of {lake.location}"
        sys.stderr.write(f"{where}, read-only; .help says what can be typed\n")

    def run(self) -> None:
        """Ask until Ctrl-D or `.quit`."""
        prompt: PromptSession[str] = PromptSession(
            "passlake> ",
            prompt_continuation="     ...> ",
            completer=SqlCompleter(self._session.keywords()),
            complete_while_typing=False,
            history=_history(),
            lexer=PygmentsLexer(SqlLexer),
            multiline=True,
            key_bindings=_enter_ends_statements(),
        )
        while True:
            try:
                line = prompt.prompt().strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if line in {".quit", ".exit"}:
                return
            self._answer(line)

    def close(self) -> None:
        """Let go of the lake."""
        self._session.__exit__()

    def _answer(self, line: str) -> None:
        try:
            if line.startswith("."):
                self._command(*line.split())
            elif line.rstrip(";").strip():
                self._say(line)
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
        except WarehouseError as error:
            sys.stderr.write(f"{error}\n")

    def _say(self, statement: str) -> None:
        rows = self._session.ask(statement)
        if self._format == "table":
            show_rows(rows)
        else:
            write_rows(self._format, rows)

    def _command(self, name: str, *arguments: str) -> None:
        if name == ".tables":
            sys.stdout.write("\n".join(columns()) + "\n")
        elif name == ".schema" and len(arguments) == 1:
            show_rows(self._session.ask(f"DESCRIBE {_known(arguments[0], columns())}"))
        elif name == ".queries":
            for query in all_queries().values():
                sys.stdout.write(f"{query.name:22} {query.answers}\n")
        elif name == ".query" and len(arguments) == 1:
            rows = self._session.ask_named(arguments[0])
            show_rows(rows) if self._format == "table" else write_rows(self._format, rows)
        elif name == ".format" and len(arguments) == 1:
            self._format = _known(arguments[0], FORMATS)
        elif name == ".refresh":
            fresh = self._open()
            self._session.__exit__()
            self._session = fresh
        else:
            sys.stdout.write(HELP)


def _known(name: str, names: Iterable[str]) -> str:
    if name not in names:
        raise SqlError(f"{name}: there is {', '.join(names)}")
    return name


def _history() -> FileHistory | InMemoryHistory:
    """What was typed before, if the user's folder for such things can be written."""
    folder = Path("~/.local/state/passlake").expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sql_history").touch()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(folder / "sql_history"))


def _enter_ends_statements() -> KeyBindings:
    """Enter asks where a statement is whole, a command is typed, or nothing is; else a new line."""
    bindings = KeyBindings()

    @Condition
    def is_whole() -> bool:
        from prompt_toolkit.application import get_app

        text = get_app().current_buffer.text.strip()
        return not text or text.endswith(";") or text.startswith(".")

    @bindings.add("enter", filter=is_whole)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return bindings


assert set(FORMATS) <= {"table", *WRITERS}
