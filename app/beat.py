"""Moved to app.worker.scheduler. This name stays for one release: beat_scheduler in configurations names it."""

from app.worker.scheduler import Scheduler

__all__ = ["Scheduler"]
