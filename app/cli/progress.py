"""Shows the progress of the flow on stderr, if that is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.domain.steps import STEPS, StepRegistry
from app.operations.progress import Progress as Flow


class Notice:
    """Shows progress reports of the flow in a bar."""

    def __init__(self, bar: Progress, first: str) -> None:
        self._bar = bar
        self._task = bar.add_task(first, total=None)

    def __call__(self, flow: Flow) -> None:
        left = sum(flow.open.values())
        known = flow.final + left
        self._bar.update(self._task, total=known or None, completed=flow.final, description=sentence(flow))

    def say(self, text: str) -> None:
        """Replaces the sentence before the bar."""
        self._bar.update(self._task, description=text)


@contextmanager
def flow_bar(console: Console, first: str) -> Iterator[Notice]:
    """Shows a bar while the context lasts; shows none if stderr is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", justify="left"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Notice(bar, first)


def sentence(flow: Flow, steps: StepRegistry = STEPS) -> str:
    """Names the earliest step with open work, because the later ones wait for it."""
    for step, spec in steps.items():
        if spec.doing and (count := flow.open.get(step)):
            return spec.doing.format(count).replace("1 channels", "1 channel")
    if flow.albums:
        return f"waiting for {flow.albums} albums that may still grow"
    if flow.unpolled:
        return "polling " + ", ".join(list(flow.unpolled.values())[:3])
    return "sending events" if flow.unrelayed else "nothing left to do"
