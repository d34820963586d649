"""Counts the cost of each task for the worker that runs it: processor time of its thread, and statements.

The time of a worker's other threads (Celery's own, the event loop of Telegram) is in no task.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun
from sqlalchemy import Engine, event


@dataclass
class TaskCost:
    """All runs of one task. seconds: of the processor."""

    runs: int = 0
    seconds: float = 0.0
    statements: int = 0


class _Running(threading.local):
    """The task of this thread."""

    began = 0.0
    statements = 0


_running = _Running()


def environment(path: Path) -> dict[str, str]:
    """What makes the workers of a run write their costs to this file."""
    root = Path(__file__).parents[2]
    return {"BENCH_TASKS": str(path), "PYTHONPATH": f"{root / 'tests/bench/probe'}:{root}"}


def begin(path: str) -> None:
    """Writes a line for each task of this process, and of those that it forks."""
    task_prerun.connect(_before, weak=False)

    def after(task: Any, **_: object) -> None:
        line = {"task": task.name, "seconds": time.thread_time() - _running.began, "statements": _running.statements}
        # Appended in one piece: many processes write to the file.
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, json.dumps(line).encode() + b"\n")
        os.close(file)

    task_postrun.connect(after, weak=False)
    event.listen(Engine, "after_cursor_execute", _count)


def _before(**_: object) -> None:
    _running.began, _running.statements = time.thread_time(), 0


def _count(*_: object) -> None:
    _running.statements += 1


def read(path: Path) -> Mapping[str, TaskCost]:
    """Name of the task -> its cost, the dearest first."""
    found: dict[str, TaskCost] = defaultdict(TaskCost)
    for line in path.read_text().splitlines() if path.exists() else ():
        one = json.loads(line)
        cost = found[one["task"].rpartition(".")[2]]
        cost.runs += 1
        cost.seconds += one["seconds"]
        cost.statements += one["statements"]
    return dict(sorted(found.items(), key=lambda item: -item[1].seconds))
