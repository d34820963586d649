"""How many messages wait for each step's queue."""

from __future__ import annotations

import structlog
from kombu.exceptions import OperationalError

from app.domain.kinds import Step
from app.queues import QUEUES, REMOTE, lengths
from app.settings import get_settings
from app.worker import app

log = structlog.get_logger()

LONG = 200  # messages: above this what is silent is late, not lost


def queue_depths() -> dict[Step, int]:
    """Steps whose queue is longer than LONG, with its length; nothing where the broker cannot tell."""
    try:
        with app.connection_for_read() as connection:
            found = lengths(connection)
    except (OperationalError, OSError) as error:
        log.warning("queue lengths unknown", error=type(error).__name__)
        return {}
    longest = {step: max(found[queue] for queue in _queues(step)) for step in QUEUES}
    return {step: length for step, length in longest.items() if length > LONG}


def _queues(step: Step) -> set[str]:
    """Where calls of this step go with the settings of today: see publish.queue_of."""
    settings = get_settings()
    if step is Step.TAG and settings.tagger != "local":
        return {REMOTE}
    chain = set(settings.vision_chain()) if step is Step.ANALYZE else {"local"}
    return {QUEUES[step] if name == "local" else REMOTE for name in chain} or {QUEUES[step]}
