"""Python imports this at its start where it is on PYTHONPATH: counts the cost of the tasks of a measured worker."""

from __future__ import annotations

import os
import sys

if "worker" in sys.orig_argv and "BENCH_TASKS" in os.environ:
    from tests.bench import task_costs

    task_costs.begin(os.environ["BENCH_TASKS"])
