"""The task that makes publications searchable."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps.index import index_publications
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def index_publication(keys: list[list[int]], bulk: bool = False) -> None:
    """Writes search documents and embeddings."""
    publish(index_publications(wiring.embedder(), keys_of(keys)))
