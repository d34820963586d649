"""The task of the fan-in of readings."""

from __future__ import annotations

from app.pipeline.steps import merge
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def merge_vision(keys: list[list[int]], bulk: bool = False) -> None:
    """Merges the readings of publications whose files have been read."""
    publish(merge.merge_vision(keys_of(keys), bulk=bulk))
