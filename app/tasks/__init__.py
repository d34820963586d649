"""Celery tasks: a sentence each. Importing this package registers them all."""

from app.tasks import analyze, backfill, collect, download, index, merge, persist, poll, sweep, tag

__all__ = ["analyze", "backfill", "collect", "download", "index", "merge", "persist", "poll", "sweep", "tag"]
