"""How many messages wait for each step's queue."""

from __future__ import annotations

from typing import Any

import structlog
from kombu.exceptions import ChannelError, OperationalError

from app.domain.kinds import Step
from app.tasks.publish import QUEUES, REMOTE
from app.worker import app

log = structlog.get_logger()

OTHERS = {Step.ANALYZE: (REMOTE,), Step.TAG: (REMOTE,)}  # queues that a step may have beside its own
LONG = 200  # messages: above this what is silent is late, not lost


def queue_depths() -> dict[Step, int]:
    """Steps whose queue is longer than LONG, with its length; nothing where the broker cannot tell."""
    try:
        with app.connection_for_read() as connection:
            lengths = {queue: _length(connection, queue) for queue in {*QUEUES.values(), REMOTE}}
    except (OperationalError, OSError) as error:
        log.warning("queue lengths unknown", error=type(error).__name__)
        return {}
    longest = {step: max(lengths[q] for q in (queue, *OTHERS.get(step, ()))) for step, queue in QUEUES.items()}
    return {step: length for step, length in longest.items() if length > LONG}


def _length(connection: Any, queue: str) -> int:
    try:
        return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:
        return 0  # nobody has used this queue yet
