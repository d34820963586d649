"""The task of the sweeper, run by beat."""

from __future__ import annotations

import time

from app.pipeline.engine import counters, statistics
from app.pipeline.engine import sweep as pipeline
from app.pipeline.posts import forwards, look_alikes, search_words
from app.pipeline.posts.document_counts import takes_few
from app.pipeline.posts.search_trends import TRENDS
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
        few = takes_few(time.time(), get_settings().sweep_interval)
        search_words.tidy(few=few)
        TRENDS.tidy(few=few)
        statistics.refresh()
        older_documents.fill()
        forwards.fill()
        look_alikes.fill()
