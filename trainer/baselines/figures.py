"""What a learner says of itself: pooled improvement over -Oz on functions of the valid split."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def improvement(oz: Sequence[int], reached: Sequence[int]) -> float:
    """sum(-Oz) / sum(reached) - 1: the only improvement that is ever meant."""
    return float(np.sum(oz) / np.sum(reached) - 1)


def figure(oz: Sequence[int], reached: Sequence[int]) -> dict[str, Any]:
    """The improvement as it is, and with -Oz where that is smaller; none without a function."""
    if not len(oz):
        return {"functions": 0}
    backed = np.minimum(np.asarray(oz), np.asarray(reached))
    return {
        "functions": len(oz),
        "improvement_over_oz": improvement(oz, reached),
        "improvement_over_oz_with_oz_backup": improvement(oz, backed.tolist()),
    }
