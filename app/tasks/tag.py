"""The task that tags publications, and tags them again when their reading changed."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps.tag import tag_publications
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def tag_publication(keys: list[list[int]], bulk: bool = False) -> None:
    """Tags publications that pass the gate."""
    publish(tag_publications(wiring.tagger(), keys_of(keys), bulk=bulk))
