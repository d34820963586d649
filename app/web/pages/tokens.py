"""Tokens of programs that use the API: users see, make and revoke their own, operators revoke all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.access import api_tokens as kept
from app.access import users
from app.db import transaction
from app.domain.access.api_tokens import DAYS, MOST_DAYS
from app.domain.access.roles import Act, Role
from app.domain.access.scopes import Scope, grantable
from app.models import User
from app.search.filters import find_channels
from app.web.acts import actor_of, done
from app.web.admission import needs, visitor
from app.web.answers import once
from app.web.errors import SignInNeeded, looked_up
from app.web.rendering import html
from app.web.views import Views
from app.web.visitors import Visitor

views = Views()

Signed = Annotated[Visitor, Depends(visitor)]


@dataclass(frozen=True)
class TokensPage:
    """Tokens of one user, or of all. scopes: that the user may give. days, most_days: until a new one ends."""

    page: kept.TokenPage
    everyone: bool
    scopes: tuple[Scope, ...]
    days: int = DAYS
    most_days: int = MOST_DAYS


@dataclass(frozen=True)
class NewTokenPage:
    """A new token, shown once."""

    made: kept.Made


@views.view("/tokens", "tokens.html")
def tokens(visitor: Signed, cursor: str | None = None) -> TokensPage:
    """The tokens that the user may revoke."""
    with transaction() as session:
        whose = _whose(session, visitor)
        return TokensPage(kept.api_tokens(session, whose, cursor), whose is None, grantable(visitor.role))


@views.router.post("/tokens", include_in_schema=False)
@needs(Act.READ)
def add(
    request: Request,
    visitor: Signed,
    name: Annotated[str, Form()] = "",
    scope: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form()] = DAYS,
    channels: Annotated[str, Form()] = "",
) -> Response:
    """Makes a token and shows it, this once."""
    with transaction() as session:
        wanted = kept.Wanted(name, scope or (), days, _channels(session, channels))
        made = kept.make(session, actor_of(request), _owner(session, visitor), wanted)
    return once(html(request, "token.html", page=NewTokenPage(made)))


@views.router.post("/tokens/{number:int}/revoke", include_in_schema=False)
@needs(Act.READ)
def revoke(request: Request, visitor: Signed, number: int) -> RedirectResponse:
    """Ends a token at once."""
    with transaction() as session:
        whose = _whose(session, visitor)  # a user who has none is told to sign in, not that there is no such token
        with looked_up():
            entry = kept.revoke(session, actor_of(request), number, whose)
    return done("/tokens", entry)


def _owner(session: Session, visitor: Visitor) -> kept.Owner:
    """The user of the page, or the role of one who signed in by a link. SignInNeeded for a reader without a session."""
    user = users.named(session, visitor.name) if visitor.name else None
    if visitor.role is None or (user is None and visitor.session is None):
        raise SignInNeeded("tokens belong to users: sign in first")
    return kept.Owner(user, visitor.role)


def _whose(session: Session, visitor: Visitor) -> User | None:
    """Whose tokens the user sees; None for those of all."""
    owner = _owner(session, visitor)
    return None if owner.role is Role.OPERATOR else owner.user


def _channels(session: Session, text: str) -> list[int] | None:
    """The channels of a field, with commas between; None for an empty one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [id_ for name in names for id_ in find_channels(session, name)] if names else None
