"""The Celery application. Its signal handlers are in hooks.py, which the package imports."""

from __future__ import annotations

from typing import Any

from celery import Celery

from app import guards


class Application(Celery):  # type: ignore[misc]
    """Celery that refuses to send a message from inside a transaction."""

    def send_task(self, *args: Any, **options: Any) -> Any:
        """Sends every message of every task: calls, chord headers and bodies, errbacks, retries."""
        guards.refuse_messages()
        return super().send_task(*args, **options)


app = Application("media_audit")
app.config_from_object("celeryconfig")
