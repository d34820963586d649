"""The Celery application in a test's process: configured as a process with the present environment would have it."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis
from celery import Celery
from celery.app.base import PendingConfiguration
from celery.app.utils import Settings

from app.worker import app

EAGER = ("task_always_eager", "task_eager_propagates")


@contextmanager
def configured_app(*, eager: bool = False) -> Iterator[Celery]:
    """Celery reads its configuration anew, and forgets it afterwards. eager: tasks run where they are published."""
    _forget()
    try:
        if eager:
            app.conf.update(dict.fromkeys(EAGER, True))
        yield app
    finally:
        _forget()


def _forget() -> None:
    """Celery has no word for this: the configuration, the connections and the backend that were made from it."""
    sys.modules.pop("celeryconfig", None)
    for name in EAGER:  # what is set before the configuration was read would come with every other one
        app._preconf.pop(name, None)
    app._conf = Settings(PendingConfiguration(app._preconf, app._finalize_pending_conf))
    app._pool = app._backend_cache = None
    app.__dict__.pop("amqp", None)
    app._local.__dict__.pop("backend", None)


@dataclass(frozen=True)
class Message:
    """A message as it lies in the broker."""

    task: str
    args: list[Any]
    embed: dict[str, Any]  # chord, callbacks, errbacks
    trace_id: str | None = None  # that its header names


def waiting(client: redis.Redis, queue: str, priority: int = 0) -> list[Message]:
    """What waits in a queue, the oldest first. Each priority above 0 has a list of its own."""
    key = f"{queue}\x06\x16{priority}" if priority else queue
    found = []
    for raw in reversed(client.lrange(key, 0, -1)):
        message = json.loads(raw)
        args, _, embed = json.loads(base64.b64decode(message["body"]))
        headers = message["headers"]
        found.append(Message(headers["task"], args, embed, headers.get("trace_id")))
    return found
