"""The command `passlake`: options before the command, the commands, and how errors end."""

import errno
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from cli import (
    bench,
    coreset,
    corpus,
    doctor,
    gate,
    judge,
    maintenance,
    optimize,
    plan,
    predict,
    reproduce,
    snapshots,
    train,
    tune,
    warehouse,
)
from cli.options import DEFAULT_LAKE, Settings
from warehouse.errors import PasslakeError

INTERRUPTED = 130

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

app = typer.Typer(
    help="Find the LLVM passes that make code smallest, and keep every result.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(doctor.doctor)
app.add_typer(corpus.app, name="corpus")
app.add_typer(coreset.app, name="coreset")
app.command()(tune.tune)
app.command()(tune.verify)
app.command()(plan.plan)
app.command()(gate.gate)
app.command()(reproduce.reproduce)
app.command()(warehouse.leaderboard)
app.command()(warehouse.sql)
app.add_typer(snapshots.app, name="snapshot")
app.command()(maintenance.maintain)
app.command()(maintenance.check)
app.command()(maintenance.report)
app.command()(train.train)
app.command()(predict.predict)
app.command()(judge.judge)
app.command(context_settings=optimize.CLANGS_OWN)(optimize.optimize)
app.command(context_settings={**optimize.CLANGS_OWN, "help_option_names": []})(optimize.cc)
app.add_typer(bench.app, name="bench")


@app.callback()
def settings(
    context: typer.Context,
    lake: Annotated[
        str, typer.Option(envvar="PASSLAKE_LAKE", help="The lake's folder.")
    ] = DEFAULT_LAKE,
    llvm: Annotated[
        str | None, typer.Option(help="LLVM to use: a prefix such as /usr/lib/llvm-22.")
    ] = None,
) -> None:
    """Keep what is said before the command."""
    context.obj = Settings(lake, llvm)


def main() -> NoReturn:
    """Run the command line and end with its exit status: 0, 1, 2 or 130."""
    # A job that is told to end by its scheduler ends as if by Ctrl-C: what is done is committed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_status())


def _status() -> int:
    try:
        status = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _say("interrupted; the same command continues", INTERRUPTED)
    except TyperException as error:
        return _say(error.format_message() or "give a command", error.exit_code)
    except PasslakeError as error:
        return _say(str(error), 2 if isinstance(error, ValueError | OSError) else 1)
    except OSError as error:
        if error.errno not in {errno.EPIPE, *_NO_ROOM}:
            raise
        # Standard output takes no more, and nothing may go there at the interpreter's end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # who read our output has left
            return 0
        return _say(f"{error}; make room, then run the same command again", 2)
    return status


def _run() -> int:
    """Run the command that the arguments name.

    Not `app()`: it would turn an interrupt and a closed pipe into statuses of its own.
    """
    try:
        with get_command(app).make_context("passlake", sys.argv[1:]) as context:
            context.command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0


def _say(line: str, status: int) -> int:
    sys.stderr.write(f"passlake: {' '.join(line.split())}\n")
    return status
