"""Links that sign in once: made by a command on this machine, used by a browser within minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from app.access import tokens
from app.db import now
from app.domain.access.roles import Role
from app.domain.access.sessions import LINK, link_holds
from app.models import OneTimeLink, User

PATH = "/link/"


@dataclass(frozen=True)
class Link:
    """A new link. path: behind the page's address, with the token in it; until: when it ends unused."""

    path: str
    until: datetime


def make(session: Session, user: User | None = None, role: Role = Role.OPERATOR) -> Link:
    """A link that signs in as the user, or with the role where there is none."""
    moment = now(session)
    session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < moment))
    token = tokens.new()
    whose = {"user_id": user.id} if user else {"role": role.value}
    until = moment + LINK
    session.add(OneTimeLink(token_hash=tokens.hash_of(token), created_at=moment, expires_at=until, **whose))
    return Link(PATH + token, until)


def holds(session: Session, token: str) -> bool:
    """Whether the link can still be used."""
    found = session.get(OneTimeLink, tokens.hash_of(token))
    return found is not None and link_holds(now(session), expires_at=found.expires_at, used_at=found.used_at)


def use(session: Session, token: str) -> tuple[User | None, Role] | None:
    """Uses up the link: the user and the role that it signs in as, None where it cannot be used.

    Of two browsers with the same link one gets in: the row is changed in the statement that asks for it.
    """
    moment = func.clock_timestamp()
    unused = (OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > moment)
    named = update(OneTimeLink).where(OneTimeLink.token_hash == tokens.hash_of(token), *unused)
    used = session.scalars(named.values(used_at=moment).returning(OneTimeLink)).first()
    if used is None:
        return None
    user = session.get(User, used.user_id) if used.user_id else None
    role = user.role if user else used.role
    return None if role is None or (user and user.removed_at) else (user, Role(role))


def forget(session: Session, user: User) -> None:
    """Deletes the links of a user."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id))
