"""The upkeep of tables that the flow only appends to, and of those that an older archive lacks."""

from __future__ import annotations

from app.pipeline.engine import counters, statistics
from app.pipeline.posts import forwards, gallery, look_alikes, search_words, thumbnails
from app.pipeline.posts.document_counts import takes_few
from app.pipeline.posts.search_trends import TRENDS
from app.pipeline.steps import older_documents


def tend(seconds: float, interval: float) -> None:
    """A bounded part of each: the next pass goes on. seconds, interval: the time, and that between two passes."""
    counters.fold()
    counters.count_uncounted()
    few = takes_few(seconds, interval)
    search_words.tidy(few=few)
    TRENDS.tidy(few=few)
    statistics.refresh()
    older_documents.fill()
    forwards.fill()
    gallery.tidy()
    look_alikes.fill()
    thumbnails.fill()
