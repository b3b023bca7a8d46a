"""One process of a run that a launcher starts: `python -m trainer.rank JOB`, the job as JSON."""

from __future__ import annotations

import json
import signal
import sys

from trainer.job import Job
from trainer.train import train
from warehouse.errors import PasslakeError

INTERRUPTED = 130


def main() -> int:
    """Take part; 0, 1, 2 or 130 as the command itself."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        train(Job.of_document(json.loads(sys.argv[1])))
    except KeyboardInterrupt:
        return INTERRUPTED
    except PasslakeError as error:
        sys.stderr.write(f"passlake: {' '.join(str(error).split())}\n")
        return 2 if isinstance(error, ValueError | OSError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
