"""`passlake doctor`."""

from dataclasses import asdict

import typer

from cli.options import Json
from cli.output import output


def doctor(context: typer.Context, *, json: Json = False) -> None:
    """Say what was found: LLVM, versions, cores, what is missing and how to get it."""
    from autotune.doctor import examine

    checks = list(examine(context.obj.llvm))
    ready = all(check.found for check in checks if check.required)
    rows = [
        {"": "ok" if check.found else "missing", "what": check.name, "found": check.detail}
        for check in checks
    ]
    lines = [f"{check.name}: {check.fix}" for check in checks if not check.found]
    lines.append("ready" if ready else "not ready: see above")
    output(as_json=json).show(
        {"ready": ready, "checks": [asdict(check) for check in checks]}, rows=rows, lines=lines
    )
    raise typer.Exit(0 if ready else 1)
