"""Records the messages that workers really received, and their queues, through Celery's own events."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import Celery

WORKERS = 4  # telegram, media, llm and default each listen to the queue of their name
PATIENCE = 90  # seconds for all of them to start and to say that they report


@dataclass(frozen=True)
class Received:
    """A message that a worker took: the task's name, its queue, and the keys (subject, revision) in it."""

    task: str
    queue: str
    keys: tuple[tuple[int, int], ...]


@dataclass
class Ear:
    """Received messages that were not reported yet."""

    received: list[Received] = field(default_factory=list)

    def hear(self, event: dict[str, Any]) -> None:
        """Keeps one `task-received` event; tasks without arguments concern no publication."""
        args = ast.literal_eval(event["args"])
        if args:
            keys = tuple((subject, revision) for subject, revision in args[0])
            self.received.append(Received(event["name"], event["hostname"].partition("@")[0], keys))

    def tell(self) -> list[Received]:
        """Returns the messages received since the last call."""
        told, self.received = self.received, []
        return told


@contextmanager
def listening(broker: str) -> Iterator[Ear]:
    """Hears every task that workers receive inside the context. TimeoutError if they do not begin to report."""
    app = Celery(broker=broker, set_as_current=False)
    ear = Ear()
    with app.connection_for_read() as connection:
        receiver = app.events.Receiver(connection, handlers={"task-received": ear.hear})
        thread = threading.Thread(target=receiver.capture, kwargs={"wakeup": False}, name="listening")
        thread.start()
        try:
            _report(app)
            yield ear
        finally:
            receiver.should_stop = True
            thread.join()
            app.close()


def _report(app: Celery) -> None:
    for _ in range(PATIENCE):
        if len(app.control.enable_events(reply=True, timeout=1.0) or []) >= WORKERS:
            return
    raise TimeoutError("the workers do not answer; their logs say why")
