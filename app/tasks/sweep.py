"""The task of the sweeper, run by beat."""

from __future__ import annotations

import time

from app.pipeline.engine import counters, statistics
from app.pipeline.engine import sweep as pipeline
from app.pipeline.posts import gallery, look_alikes, search_words
from app.pipeline.steps import older_documents
from app.settings import get_settings
from app.tasks.base import next_beat_does
from app.tasks.depth import busy_steps
from app.tasks.publish import publish
from app.worker import app


@app.task
def sweep() -> None:
    """Publishes due rows without a message again; then tends counters and the tables of search, a little at a time."""
    with next_beat_does():
        publish(pipeline.sweep(busy_steps()))
        counters.fold()
        counters.count_uncounted()
        search_words.tidy(few=search_words.takes_few(time.time(), get_settings().sweep_interval))
        statistics.refresh()
        older_documents.fill()
        gallery.tidy()
        look_alikes.fill()
