"""The rules of API tokens: form, name, scopes and days."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from app.domain.access.roles import Role
from app.domain.access.scopes import Scope, grantable
from app.errors import UserError

PREFIX = "ma_"  # lets scanners of code and logs find a token that leaked
TOKEN = re.compile(r"ma_[A-Za-z0-9_-]{43}")
LONGEST_NAME = 64  # characters
DAYS, MOST_DAYS = 90, 366  # until a token ends: by default, at most
MOST_CHANNELS = 1_000  # of a token's list


def name_of(text: str) -> str:
    """The name of a new token, on one line. UserError for none, or one that is too long."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UserError(f"a token needs a name of 1 to {LONGEST_NAME} characters, which says what uses it")
    return name


def scopes_of(texts: Collection[str], role: Role | None) -> tuple[Scope, ...]:
    """The scopes of a new token in the order of Scope. UserError for none, unknown ones, and ones beyond the role."""
    if unknown := [text for text in texts if text not in list(Scope)]:
        raise UserError(f"there is no scope {unknown[0]!r}: choose among {', '.join(Scope)}")
    wanted = tuple(scope for scope in Scope if scope in texts)
    if not wanted:
        raise UserError(f"a token needs a scope: choose among {', '.join(Scope)}")
    allowed = grantable(role)
    if beyond := [scope for scope in wanted if scope not in allowed]:
        raise UserError(f"the scope {beyond[0]} is more than the role {role or 'none'} allows")
    return wanted


def end_of(now: datetime, days: int) -> datetime:
    """When a token ends. UserError for a number of days that it cannot have."""
    if not 1 <= days <= MOST_DAYS:
        raise UserError(f"a token holds for 1 to {MOST_DAYS} days")
    return now + timedelta(days=days)


def channels_of(ids: Sequence[int] | None) -> list[int] | None:
    """The list of channels as a row keeps it; None is all. UserError for an empty or too long one."""
    if ids is None:
        return None
    if not ids or len(set(ids)) > MOST_CHANNELS:
        raise UserError(f"a list of channels has 1 to {MOST_CHANNELS:,}; leave it out for all channels")
    return sorted(set(ids))


def token_holds(now: datetime, *, expires_at: datetime, revoked_at: datetime | None) -> bool:
    """Whether a token still holds."""
    return revoked_at is None and now < expires_at
