"""Minimisation: the shortest list that dropping single passes leads to, at no loss.

The paper drops passes that do not matter from each winner; so do we, until no single pass can be
dropped. A list that comes out shorter is also easier to explain and cheaper to apply.
"""

from collections.abc import Callable

from autotune.search.base import Evaluation, PassIds

Score = Callable[[PassIds], Evaluation]
"""Evaluates one list."""


def minimise(best: Evaluation, evaluate: Score, value: Callable[[Evaluation], int]) -> Evaluation:
    """Drop passes from `best`, last first, as long as `value` (lower is better) does not rise.

    At most len² evaluations; ends when no single pass can go. Of two passes that could each go but
    not both, the later one goes.
    """
    position = len(best.pass_ids) - 1
    kept = 0
    while kept < len(best.pass_ids) and len(best.pass_ids) > 1:
        position %= len(best.pass_ids)
        shorter = evaluate(best.pass_ids[:position] + best.pass_ids[position + 1 :])
        if shorter.ok and value(shorter) <= value(best):
            best, kept = shorter, 0
        else:
            kept += 1
        position -= 1
    return best
