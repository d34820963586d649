"""Finds steps with so many waiting messages that the messages of silent rows are late, not lost."""

from __future__ import annotations

import structlog
from kombu.exceptions import OperationalError

from app import queues
from app.domain.kinds import Step
from app.settings import get_settings
from app.worker import app

log = structlog.get_logger()

LONG = 200  # messages: above this the message of a silent row is late, not lost


def busy_steps() -> set[Step]:
    """The steps with a queue of more than LONG messages; none if the broker does not answer."""
    try:
        with app.connection_for_read() as connection:
            found = queues.lengths(connection)
    except (OperationalError, OSError) as error:
        log.warning("queue lengths unknown", error=type(error).__name__)
        return set()
    return queues.long_queues(found, LONG, get_settings())
