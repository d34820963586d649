"""The Celery application, its scheduler, watchdog, shutdown and chord backend; `celery -A app.worker` finds `app`."""

from app.worker.application import Patient, app

__all__ = ["Patient", "app"]
