"""The Celery application. Its hooks are in hooks.py, which the package imports."""

from __future__ import annotations

from typing import Any

from celery import Celery

from app import guards


class Application(Celery):  # type: ignore[misc]
    """Celery, which sends nothing from inside of a transaction."""

    def send_task(self, *args: Any, **options: Any) -> Any:
        """Every message of every task goes through here: calls, headers, bodies, errbacks, retries."""
        guards.refuse_messages()
        return super().send_task(*args, **options)


app = Application("media_audit")
app.config_from_object("celeryconfig")
