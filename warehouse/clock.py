"""The one clock of CPU time: what a task, a search or a command cost, its processes included."""

import resource
import time


def cpu_clock_s() -> float:
    """CPU seconds so far of this process and of the processes that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
