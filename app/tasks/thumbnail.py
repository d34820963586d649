"""The task that makes thumbnails."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps import thumbnail
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def make_thumbnails(keys: list[list[int]], bulk: bool = False) -> None:
    """Makes the thumbnails of media files, in the tree beside the store."""
    publish(thumbnail.make_thumbnails(wiring.thumbnails(), wiring.store(), keys_of(keys)))
