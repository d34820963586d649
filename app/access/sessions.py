"""Sessions as rows, which can be revoked: begin, find, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from app.access import tokens
from app.db import changed_rows, now
from app.domain.access.roles import Role
from app.domain.access.sessions import AGENT, IDLE, LONGEST, is_open, is_stale
from app.models import User, WebSession

PAGE = 50  # sessions


@dataclass(frozen=True)
class SignedIn:
    """The user of a session that holds. id: of the session; name: None for the session of a link without a user."""

    id: int
    name: str | None
    role: Role


@dataclass(frozen=True)
class SessionShown:
    """A session in a list."""

    id: int
    name: str | None
    role: str
    since: datetime
    last_seen: datetime
    agent: str


def begin(session: Session, user: User | None, role: Role, agent: str) -> str:
    """A new session of a user, or of a role without one. Returns its token, which is kept nowhere."""
    moment = now(session)
    session.execute(delete(WebSession).where(WebSession.expires_at < moment))
    token = tokens.new()
    whose = {"user_id": user.id} if user else {"role": role.value}
    times = {"created_at": moment, "last_seen": moment, "expires_at": moment + LONGEST}
    session.add(WebSession(token_hash=tokens.hash_of(token), agent=agent[:AGENT], **whose, **times))
    return token


def find(session: Session, token: str) -> SignedIn | None:
    """The session of this token, if it holds. Notes that it was used."""
    named = (
        select(WebSession, User, func.clock_timestamp())
        .outerjoin(User, User.id == WebSession.user_id)
        .where(WebSession.token_hash == tokens.hash_of(token), User.removed_at.is_(None))
    )
    found = session.execute(named).first()
    if found is None:
        return None
    row, user, moment = found
    times = {"last_seen": row.last_seen, "expires_at": row.expires_at, "revoked_at": row.revoked_at}
    if not is_open(moment, **times):
        return None
    if is_stale(moment, row.last_seen):
        session.execute(update(WebSession).where(WebSession.id == row.id).values(last_seen=moment))
    return SignedIn(row.id, user.name if user else None, Role(user.role if user else row.role))


def session_page(
    session: Session, user: User | None, before: int | None = None
) -> tuple[Sequence[SessionShown], int | None]:
    """A page of sessions that hold, of a user, or of links without one: the newest first, before the number `before`.

    And the last number, None at the end.
    """
    mine = WebSession.user_id == user.id if user else WebSession.user_id.is_(None)
    query = _held(session).where(mine).limit(PAGE + 1)
    if before is not None:
        query = query.where(WebSession.id < before)
    found = [_shown(*row) for row in session.execute(query).all()]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def open_sessions(session: Session, user: User | None = None) -> Sequence[SessionShown]:
    """Sessions that hold, of one user or of all, the newest first."""
    query = _held(session)
    if user is not None:
        query = query.where(WebSession.user_id == user.id)
    return [_shown(*row) for row in session.execute(query).all()]


def _held(session: Session) -> Select[WebSession, str | None, str]:
    """(session, name of its user, role of today), the newest first."""
    moment = now(session)
    held = (WebSession.revoked_at.is_(None), WebSession.expires_at > moment, WebSession.last_seen > moment - IDLE)
    return (
        select(WebSession, User.name, func.coalesce(User.role, WebSession.role))
        .outerjoin(User, User.id == WebSession.user_id)
        .where(*held)
        .order_by(WebSession.id.desc())
    )


def _shown(row: WebSession, name: str | None, role: str) -> SessionShown:
    return SessionShown(row.id, name, role, row.created_at, row.last_seen, row.agent)


def revoke(session: Session, number: int) -> bool:
    """Ends a session at once. Returns whether it was one that held."""
    named = update(WebSession).where(WebSession.id == number, WebSession.revoked_at.is_(None))
    return changed_rows(session, named.values(revoked_at=func.clock_timestamp())) > 0


def revoke_all(session: Session, user: User) -> int:
    """Ends all sessions of a user at once. Returns how many those were."""
    held = update(WebSession).where(WebSession.user_id == user.id, WebSession.revoked_at.is_(None))
    return changed_rows(session, held.values(revoked_at=func.clock_timestamp()))
