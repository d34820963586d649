"""Media are read."""

from __future__ import annotations

from app import wiring
from app.pipeline import analyze
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def analyze_media(keys: list[list[int]], bulk: bool = False) -> None:
    """Reads media files with the configured vision provider."""
    publish(analyze.analyze_media(wiring.vision(), wiring.store(), keys_of(keys), bulk=bulk))
