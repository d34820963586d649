"""Ends the waits of an earlier login to Telegram: its floods, refusals and errors say nothing about the next one."""

from __future__ import annotations

import structlog
from sqlalchemy import and_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import changed_rows
from app.domain.kinds import State, Step
from app.models import Channel, TelegramLogin, Work
from app.pipeline.engine.locked_update import update_locked
from app.pipeline.engine.work import due_now

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
    # Literals, not parameters: no generic plan could use the partial indexes of waiting and due rows.
    waiting = Work.state == literal(State.WAITING.value, literal_execute=True)
    later = and_(
        Work.state == literal(State.DUE.value, literal_execute=True),
        Work.next_attempt_at > func.statement_timestamp(),
        Work.last_error.is_not(None),
    )
    held = select(Work.id).where(Work.step.in_(WITH_TELEGRAM), or_(waiting, later)).order_by(Work.id)
    ended = changed_rows(session, update_locked(held, skip_locked=True).values(**due_now()))
    session.execute(update(Channel).where(Channel.last_error.is_not(None)).values(last_error=None))
    return ended
