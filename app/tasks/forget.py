"""The task that erases forgotten things."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps import forget as step
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def forget(keys: list[list[int]], bulk: bool = False) -> None:
    """Erases rows, then bytes, of posts, files and channels that were forgotten."""
    publish(step.erase(wiring.archive(), wiring.thumbnails(), wiring.export_files(), keys_of(keys)))
