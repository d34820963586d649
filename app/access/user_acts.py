"""Acts on users, their sessions and links, each with its audit entry: for page, API and command alike."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import audit, links, sessions, users
from app.domain.access.audited import LINK, Acted, Actor
from app.domain.access.roles import Role
from app.errors import UserError
from app.models import User, WebSession


class LastOperator(UserError):
    """The act would leave no operator who can sign in: only a user who says that it is meant may do it."""


def add(session: Session, actor: Actor, name: str, role: Role, password: str | None) -> tuple[User, int]:
    """A new user and the audit entry, as users.add."""
    user = users.add(session, name, role, password)
    return user, audit.record(session, actor, Acted.USER_ADD, user.name, role=role.value)


def set_role(session: Session, actor: Actor, name: str, role: Role, *, sure: bool = False) -> int:
    """Gives a user another role; returns the audit entry. LastOperator, unless `sure`."""
    if role is not Role.OPERATOR:
        _keep_an_operator(session, name, sure=sure)
    before = users.required(session, name).role
    users.set_role(session, name, role)
    return audit.record(session, actor, Acted.USER_ROLE, users.required(session, name).name, role=role, before=before)


def set_password(session: Session, actor: Actor, name: str, password: str) -> tuple[int, int]:
    """Gives a user another password; returns how many sessions that ended, and the audit entry."""
    ended = users.set_password(session, name, password)
    return ended, audit.record(session, actor, Acted.USER_PASSWORD, users.required(session, name).name, sessions=ended)


def remove(session: Session, actor: Actor, name: str, *, sure: bool = False) -> tuple[int, int]:
    """Removes a user; returns how many sessions that ended, and the audit entry. LastOperator, unless `sure`."""
    _keep_an_operator(session, name, sure=sure)
    key = users.required(session, name).name
    ended = users.remove(session, name)
    return ended, audit.record(session, actor, Acted.USER_REMOVE, key, sessions=ended)


def revoke(session: Session, actor: Actor, number: int) -> int:
    """Ends a session at once; returns the audit entry. UserError if it does not hold."""
    if not sessions.revoke(session, number):
        raise UserError(f"no session {number} is open: `media-audit users sessions` shows all")
    name = select(User.name).join(WebSession, WebSession.user_id == User.id).where(WebSession.id == number)
    whose = session.scalar(name) or LINK
    return audit.record(session, actor, Acted.SESSION_REVOKE, f"{whose} {number}")


def revoke_all(session: Session, actor: Actor, name: str) -> tuple[int, int]:
    """Ends all sessions of a user; returns how many those were, and the audit entry."""
    user = users.required(session, name)
    ended = sessions.revoke_all(session, user)
    return ended, audit.record(session, actor, Acted.SESSION_REVOKE_ALL, user.name, sessions=ended)


def make_link(session: Session, actor: Actor, name: str | None) -> tuple[links.Link, int]:
    """A link that signs in once, as a user, or as an operator without one; and the audit entry, without the token."""
    user = users.required(session, name) if name else None
    made = links.make(session, user)
    return made, audit.record(
        session, actor, Acted.LINK_MAKE, user.name if user else LINK, until=made.until.isoformat()
    )


def is_last_operator(session: Session, name: str) -> bool:
    """Whether this user is an operator with a password, and no other one is."""
    user = users.required(session, name)
    return user.role == Role.OPERATOR.value and user.password_hash is not None and not _others(session, user)


def _others(session: Session, user: User) -> bool:
    """Whether another operator has a password. Locks them all: of two who leave at once, the second one is told."""
    query = select(User).where(
        User.removed_at.is_(None), User.role == Role.OPERATOR.value, User.password_hash.is_not(None)
    )
    found = session.scalars(query.order_by(User.id).with_for_update(), execution_options={"populate_existing": True})
    return any(one.id != user.id for one in found.all())


def _keep_an_operator(session: Session, name: str, *, sure: bool) -> None:
    if not sure and is_last_operator(session, name):
        raise LastOperator(
            f"{users.required(session, name).name} is the last operator with a password: without one no user changes "
            "anything on the page until `media-audit users link` on the machine of the archive lets an operator in"
        )
