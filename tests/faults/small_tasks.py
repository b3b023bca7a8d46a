"""The command `passlake`, with tasks and batches so small that a kill falls between them."""

from autotune import campaign, drive, pieces
from cli.main import main
from corpus import build

campaign.TASK_COST_S = 0.2
pieces._LEAST_S = 0.05
build.TASK_COST_S = 0.2
drive._COMMIT_EVERY_S = 0.1

if __name__ == "__main__":
    main()
