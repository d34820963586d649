"""How many messages wait for each step's queue."""

from __future__ import annotations

from typing import Any

import structlog
from kombu.exceptions import ChannelError, OperationalError

from app.domain.kinds import Step
from app.tasks.publish import QUEUES
from app.worker import app

log = structlog.get_logger()

LONG = 200  # messages: above this what is silent is late, not lost


def queue_depths() -> dict[Step, int]:
    """Steps whose queue is longer than LONG, with its length; nothing where the broker cannot tell."""
    try:
        with app.connection_for_read() as connection:
            lengths = {queue: _length(connection, queue) for queue in set(QUEUES.values())}
    except (OperationalError, OSError) as error:
        log.warning("queue lengths unknown", error=type(error).__name__)
        return {}
    return {step: lengths[queue] for step, queue in QUEUES.items() if lengths[queue] > LONG}


def _length(connection: Any, queue: str) -> int:
    try:
        return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:
        return 0  # nobody has used this queue yet
