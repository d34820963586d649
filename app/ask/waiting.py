"""Tells a user who waits for an answer why none comes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import db
from app.domain.kinds import Step
from app.domain.steps import STEPS
from app.queues import queues_of
from app.settings import get_settings
from app.status.overview import processes


def no_worker(session: Session, step: Step = Step.ASK) -> str | None:
    """The remedy where no live process takes work of this step; None where one does."""
    queues = queues_of(STEPS[step], get_settings())
    live = {queue for one in processes(session, db.now(session)) if one.alive for queue in one.queues.split(",")}
    if queues & live:
        return None
    what = "questions" if step is Step.ASK else "exports"
    return f"no worker takes {what} now: start the workers with `media-audit up`"
