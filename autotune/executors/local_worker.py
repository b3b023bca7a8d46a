"""A worker process of the local executor: tasks in on standard input, receipts out, a line each.

Its first line is READY, or says why it cannot begin: whatever ends it before that is not the fault
of a task.
Started by exec, not forked: Arrow's and the Delta library's threads do not survive a fork. It dies
with its driver (the kernel's parent-death signal, and the end of its input), and leaves Ctrl-C to
the driver.
"""

import json
import os
import signal
import sys
from dataclasses import asdict

from autotune.executors.attempt import attempt_task
from autotune.executors.base import Failure
from corpus.llvm.sandbox.child import die_with_parent
from corpus.llvm.sandbox.kept import drop_sandbox, keep_sandbox
from warehouse.errors import PasslakeError
from warehouse.lake import Lake
from warehouse.task import Task

READY = "ready"


def main(location: str, driver: int) -> None:
    """Serve tasks on the lake at `location` until standard input or the process `driver` ends."""
    die_with_parent()
    if os.getppid() != driver:  # it ended before the kernel was asked
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a task or a library prints goes to standard error: the replies have a pipe of their own.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        lake = Lake.open(location)
    except PasslakeError as error:
        replies.write(f"{error}\n")
        replies.flush()
        sys.exit(2)
    keep_sandbox()
    replies.write(f"{READY}\n")
    replies.flush()
    for line in sys.stdin:
        request = json.loads(line)
        ended = attempt_task(Task(**request["task"]), lake, request["attempt"])
        if isinstance(ended, Failure):
            reply = json.dumps({"failure": asdict(ended)})
        else:
            reply = json.dumps({"receipt": ended.to_json()})
        replies.write(reply + "\n")
        replies.flush()
    drop_sandbox()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
