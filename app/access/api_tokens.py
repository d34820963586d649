"""API tokens as rows: make, find, list, revoke. A token is shown once; its row keeps the hash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.access import audit, tokens
from app.db import now
from app.domain.access import api_tokens as rules
from app.domain.access.audited import Acted, Actor, Via
from app.domain.access.roles import Act, Role
from app.domain.access.scopes import Scope, acts_of
from app.domain.access.sessions import is_stale
from app.errors import UserError
from app.models import ApiToken, Channel, User
from app.search.cursors import HIGHEST, id_cursor, id_of

PAGE = 50  # tokens


@dataclass(frozen=True)
class Owner:
    """The user whose tokens these are; without one a role, of the installation's own operators."""

    user: User | None
    role: Role


@dataclass(frozen=True)
class Wanted:
    """A token as it was asked for. channels: ids, None for all."""

    name: str
    scopes: Collection[str]
    days: int = rules.DAYS
    channels: Sequence[int] | None = None


@dataclass(frozen=True)
class Made:
    """A new token. token: shown once; entry: the number of its audit entry."""

    id: int
    name: str
    token: str
    expires_at: datetime
    entry: int


@dataclass(frozen=True)
class Bearer:
    """The token of a request, and what it may do now. channels: ids that its answers are limited to, None for all."""

    id: int
    actor: Actor
    acts: frozenset[Act]
    channels: tuple[int, ...] | None

    def may(self, act: Act) -> bool:
        """Whether the token may do it."""
        return act in self.acts


@dataclass(frozen=True)
class TokenShown:
    """A token in a list. user: None for one of a role alone. channels: by their names, None for all."""

    id: int
    name: str
    user: str | None
    role: str
    scopes: tuple[str, ...]
    channels: tuple[str, ...] | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None
    holds: bool


@dataclass(frozen=True)
class TokenPage:
    """Tokens, the newest first. cursor: of the next page, None at the end."""

    tokens: tuple[TokenShown, ...]
    cursor: str | None


def make(session: Session, actor: Actor, owner: Owner, wanted: Wanted) -> Made:
    """A new token. UserError for a name, scope, list or end that it cannot have."""
    name, scopes = rules.name_of(wanted.name), rules.scopes_of(wanted.scopes, owner.role)
    channels, end = rules.channels_of(wanted.channels), rules.end_of(now(session), wanted.days)
    token = rules.PREFIX + tokens.new()
    whose: dict[str, Any] = {"user_id": owner.user.id} if owner.user else {"role": owner.role.value}
    limits = {"scopes": [scope.value for scope in scopes], "channels": channels, "expires_at": end}
    row = ApiToken(token_hash=tokens.hash_of(token), name=name, **whose, **limits)
    session.add(row)
    session.flush()
    details = {"scopes": limits["scopes"], "channels": channels, "ends": end.isoformat(timespec="seconds")}
    whom = owner.user.name if owner.user else None
    entry = audit.record(session, actor, Acted.TOKEN_ADD, name, number=row.id, user=whom, **details)
    return Made(row.id, name, token, end, entry)


def find(session: Session, token: str) -> Bearer | None:
    """The token, if it holds and its user is still one. Notes at most each five minutes that it was used."""
    if not rules.TOKEN.fullmatch(token):
        return None
    named = (
        select(ApiToken, User, func.clock_timestamp())
        .outerjoin(User, User.id == ApiToken.user_id)
        .where(ApiToken.token_hash == tokens.hash_of(token), User.removed_at.is_(None))
    )
    found = session.execute(named).first()
    if found is None:
        return None
    row, user, moment = found
    if not rules.token_holds(moment, expires_at=row.expires_at, revoked_at=row.revoked_at):
        return None
    if row.last_used_at is None or is_stale(moment, row.last_used_at):
        session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=moment))
    role = Role(user.role if user else row.role)
    acts = acts_of([Scope(one) for one in row.scopes], role)
    actor = Actor(user.name if user else f"token {row.name}", Via.API)
    return Bearer(row.id, actor, acts, None if row.channels is None else tuple(row.channels))


def revoke(session: Session, actor: Actor, number: int, user: User | None = None) -> int:
    """Ends a token at once; returns the number of the audit entry. user: whose it has to be, None for any.

    UserError if there is none that holds.
    """
    held = update(ApiToken).where(ApiToken.id == number, ApiToken.revoked_at.is_(None))
    if user is not None:
        held = held.where(ApiToken.user_id == user.id)
    values = held.values(revoked_at=func.clock_timestamp()).returning(ApiToken.name)
    name = session.scalar(values) if 0 < number <= HIGHEST else None
    if name is None:
        raise UserError(f"there is no token {number} that holds: `media-audit tokens list` shows all")
    return audit.record(session, actor, Acted.TOKEN_REVOKE, name, number=number)


def api_tokens(session: Session, user: User | None = None, cursor: str | None = None, limit: int = PAGE) -> TokenPage:
    """A page of the tokens of one user or of all. UserError for a cursor that no page gave."""
    query = select(ApiToken, User, func.clock_timestamp()).outerjoin(User, User.id == ApiToken.user_id)
    query = query.where(ApiToken.id < (id_of("tokens", cursor) if cursor else HIGHEST))
    if user is not None:
        query = query.where(ApiToken.user_id == user.id)
    rows = session.execute(query.order_by(ApiToken.id.desc()).limit(limit + 1)).all()
    names = _channels(session, [row for row, *_ in rows])
    shown = tuple(_shown(row, user, moment, names) for row, user, moment in rows[:limit])
    return TokenPage(shown, id_cursor("tokens", shown[-1].id) if len(rows) > limit else None)


def _channels(session: Session, rows: Sequence[ApiToken]) -> dict[int, str]:
    wanted = {id_ for row in rows for id_ in row.channels or ()}
    return dict(session.execute(select(Channel.id, Channel.reference).where(Channel.id.in_(wanted))).all())


def _shown(row: ApiToken, user: User | None, moment: datetime, names: dict[int, str]) -> TokenShown:
    removed = user is not None and user.removed_at is not None
    return TokenShown(
        id=row.id,
        name=row.name,
        user=user.name if user else None,
        role=user.role if user else str(row.role),
        scopes=tuple(row.scopes),
        channels=None if row.channels is None else tuple(names.get(id_, f"channel {id_}") for id_ in row.channels),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        holds=not removed and rules.token_holds(moment, expires_at=row.expires_at, revoked_at=row.revoked_at),
    )
