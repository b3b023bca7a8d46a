"""`passlake plan`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import DEFAULT_LAKE, Json
from cli.output import output


def plan(
    context: typer.Context,
    *,
    functions: Annotated[
        int | None, typer.Option(help="How many functions to search.", show_default=False)
    ] = None,
    workers: Annotated[int, typer.Option(help="Workers, each with a processor of its own.")] = 1,
    price_per_cpu_hour: Annotated[
        float | None, typer.Option(help="What an hour of a processor costs.")
    ] = None,
    mean_instructions: Annotated[
        float | None, typer.Option(help="Mean length of the functions; default: as measured.")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(help="Plan by this campaign of the lake; default: its largest.")
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Plan by the figures that come with Passlake.")
    ] = False,
    check: Annotated[
        str | None,
        typer.Option(help="Plan this finished campaign, and say what it took on --workers."),
    ] = None,
    json: Json = False,
) -> None:
    """What a campaign would take: time, CPU days, disk, the driver's load, price."""
    from autotune import plan as planning
    from autotune.errors import BadOption
    from autotune.plan_figures import of_lake
    from autotune.plan_figures import shipped as shipped_figures
    from warehouse.lake import Lake

    if (functions is None) == (check is None):
        raise BadOption("give --functions, how many to plan for, or --check CAMPAIGN")
    if shipped and campaign is not None:
        raise BadOption("give one of --shipped and --campaign")
    figures, driver = shipped_figures()
    no_lake = context.obj.lake == DEFAULT_LAKE and not Path(DEFAULT_LAKE).exists()
    lake = None if no_lake and check is None and campaign is None else Lake.open(context.obj.lake)
    if lake is not None and not shipped:
        figures = of_lake(lake, campaign)
    if check is not None:
        assert lake is not None
        checked = planning.check(lake, check, figures, driver, workers)
        output(as_json=json).show(
            checked.document(), rows=checked.plan.rows(), lines=checked.lines()
        )
        return
    assert functions is not None
    wanted = planning.Wanted(functions, workers, mean_instructions, price_per_cpu_hour)
    planned = planning.plan(figures, driver, wanted)
    output(as_json=json).show(planned.document(), rows=planned.rows(), lines=planned.lines())
