"""Ends the waits of an earlier login to Telegram: its floods, refusals and errors say nothing about the next one."""

from __future__ import annotations

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.models import Channel, TelegramLogin
from app.pipeline.engine import reschedule

log = structlog.get_logger()

WITH_TELEGRAM = (Step.POLL, Step.BACKFILL, Step.COLLECT, Step.DOWNLOAD)


def take_over(session: Session, login: str) -> bool:
    """Notes the login of the process that owns the account from now on; returns whether it follows another one.

    Then all work that failed under the earlier login is due at once. login: a fingerprint, safe to store.
    """
    before = session.scalars(select(TelegramLogin).with_for_update()).first()
    mine = insert(TelegramLogin).values(id=1, login=login)
    fresh = {"login": login, "since": func.now()}
    if before is not None and before.login == login:
        return False
    session.execute(mine.on_conflict_do_update(index_elements=["id"], set_=fresh))
    if before is None:
        return False
    log.info("another login to Telegram: work that waited for the earlier one is due", rows=_end_waits(session))
    return True


def _end_waits(session: Session) -> int:
    session.execute(update(Channel).where(Channel.last_error.is_not(None)).values(last_error=None))
    return reschedule.end_waits(session, WITH_TELEGRAM)
