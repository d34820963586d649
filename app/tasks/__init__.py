"""Celery tasks, each a single statement. Importing this package registers all of them."""

from app.tasks import (
    analyze,
    ask,
    backfill,
    collect,
    deliver,
    download,
    export,
    forget,
    index,
    merge,
    persist,
    poll,
    sweep,
    tag,
    thumbnail,
)

__all__ = [
    "analyze",
    "ask",
    "backfill",
    "collect",
    "deliver",
    "download",
    "export",
    "forget",
    "index",
    "merge",
    "persist",
    "poll",
    "sweep",
    "tag",
    "thumbnail",
]
