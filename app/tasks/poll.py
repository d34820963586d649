"""The tasks that poll channels: beat -> poll_channels -> poll_channel."""

from __future__ import annotations

from app import wiring
from app.db import transaction
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.tasks.base import keys_of, next_beat_does
from app.tasks.publish import publish
from app.worker import app


@app.task
def poll_channels() -> None:
    """Makes a poll of every watched channel due."""
    with next_beat_does():
        with transaction() as session:
            nexts = enqueue_polls(session)
        publish(nexts)


@app.task
def poll_channel(keys: list[list[int]], bulk: bool = False) -> None:
    """Reads new and changed posts of a channel."""
    publish(run_external(Poll(wiring.telegram().source, wiring.account()), keys_of(keys)))
