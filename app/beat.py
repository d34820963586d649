"""Moved to app.worker.scheduler. The old name stays for one release: beat_scheduler in configurations has it."""

from app.worker.scheduler import Scheduler

__all__ = ["Scheduler"]
