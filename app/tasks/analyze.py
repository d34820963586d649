"""The task that reads media files."""

from __future__ import annotations

from celery import Task

from app import wiring
from app.pipeline.steps import analyze
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task(bind=True)
def analyze_media(self: Task, keys: list[list[int]], bulk: bool = False) -> None:
    """Reads media files with the configured vision provider."""
    alone = self.request.chord is None and not self.request.is_eager  # no chord body will run for this task
    publish(
        analyze.analyze_media(
            wiring.vision(), wiring.store(), keys_of(keys), bulk=bulk, alone=alone, previews=wiring.previews()
        )
    )
