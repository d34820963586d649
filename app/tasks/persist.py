"""The task of the fan-in of downloads."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps.persist import persist_publications
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def persist_publication(keys: list[list[int]], bulk: bool = False) -> None:
    """Persists publications whose media have arrived."""
    publish(persist_publications(wiring.vision(), keys_of(keys), bulk=bulk, previews=wiring.previews()))
