"""Users as rows: add, list, remove, change. Each change of a password or a removal ends sessions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access import links, sessions, tokens
from app.access.passwords import hashed
from app.db import now
from app.domain.access import names, passwords
from app.domain.access.roles import Role
from app.domain.access.sessions import IDLE
from app.errors import UserError
from app.models import User, WebSession

PAGE = 50  # users


@dataclass(frozen=True)
class UserShown:
    """A user in a list. sessions: how many hold now."""

    name: str
    role: str
    since: datetime
    has_password: bool
    last_seen: datetime | None
    sessions: int


def add(session: Session, name: str, role: Role, password: str | None) -> User:
    """A new user. password: None for one that a proxy names, or that enters by a link.

    UserError for a name or password that breaks a rule, or a name that is taken.
    """
    key = names.checked(name)
    kept = None if password is None else hashed(passwords.checked(key, password))
    row = insert(User).values(name=key, role=role.value, password_hash=kept, form_key=tokens.new())
    row = row.on_conflict_do_nothing(index_elements=["name"], index_where=User.removed_at.is_(None))
    added = session.scalars(row.returning(User)).first()
    if added is None:
        raise _taken(key)
    return added


def check_free(session: Session, name: str) -> None:
    """UserError if there is a user of this name, or if it cannot be a name."""
    if named(session, names.checked(name)):
        raise _taken(names.key_of(name))


def _taken(key: str) -> UserError:
    return UserError(
        f"there is a user {key} already: `media-audit users password {key}` changes the password, "
        f"`media-audit users role {key} ROLE` the role"
    )


def named(session: Session, name: str) -> User | None:
    """The present user of this name, whatever its capitals."""
    return session.scalars(select(User).where(User.name == names.key_of(name), User.removed_at.is_(None))).first()


def required(session: Session, name: str) -> User:
    """The same. UserError with the remedy if there is none."""
    user = named(session, name)
    if user is None:
        raise UserError(f"there is no user {name}: `media-audit users list` shows all")
    return user


def any_user(session: Session) -> bool:
    """Whether there is a user at all."""
    return bool(session.scalar(select(exists().where(User.removed_at.is_(None)))))


def users(session: Session) -> Sequence[UserShown]:
    """All present users by name."""
    return _all_shown(session, session.scalars(_present()).all())


def user_page(session: Session, after: str = "") -> tuple[Sequence[UserShown], str | None]:
    """A page of present users by name, behind the user `after`; and the last name, None at the end."""
    found = session.scalars(_present().where(User.name > names.key_of(after)).limit(PAGE + 1)).all()
    return _all_shown(session, found[:PAGE]), found[PAGE - 1].name if len(found) > PAGE else None


def shown(session: Session, user: User) -> UserShown:
    """A user as a list has it."""
    return _all_shown(session, [user])[0]


def _present() -> Select[User]:
    return select(User).where(User.removed_at.is_(None)).order_by(User.name)


def _all_shown(session: Session, found: Sequence[User]) -> Sequence[UserShown]:
    moment = now(session)
    holds = (WebSession.revoked_at.is_(None), WebSession.expires_at > moment, WebSession.last_seen > moment - IDLE)
    seen = (
        select(WebSession.user_id, func.max(WebSession.last_seen), func.count().filter(*holds))
        .where(WebSession.user_id.in_([user.id for user in found]))
        .group_by(WebSession.user_id)
    )
    by_user = {user: (last, count) for user, last, count in session.execute(seen)}
    return [_shown(user, *by_user.get(user.id, (None, 0))) for user in found]


def _shown(user: User, last_seen: datetime | None, count: int) -> UserShown:
    return UserShown(user.name, user.role, user.created_at, user.password_hash is not None, last_seen, count)


def remove(session: Session, name: str) -> int:
    """Removes a user, with links that were not used. Returns how many sessions that ended."""
    user = required(session, name)
    user.removed_at = now(session)
    links.forget(session, user)
    return sessions.revoke_all(session, user)


def set_password(session: Session, name: str, password: str) -> int:
    """Gives a user another password. Returns how many sessions that ended: a stolen one, say."""
    user = required(session, name)
    user.password_hash = hashed(passwords.checked(user.name, password))
    return sessions.revoke_all(session, user)


def set_role(session: Session, name: str, role: Role) -> None:
    """Gives a user another role, in open sessions, too."""
    user = required(session, name)
    session.execute(update(User).where(User.id == user.id).values(role=role.value))
