"""Tokens and clients for the tests of the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpx

from app.access import api_tokens, users
from app.access.api_tokens import Owner, Wanted
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.access.roles import Role
from app.domain.access.scopes import Scope
from app.models import Channel
from app.settings import Settings
from tests.browsing import serving

V1 = "/api/v1"
TESTER = Actor("a test", Via.COMMAND)


def token(
    *scopes: Scope, role: Role = Role.OPERATOR, user: str = "robot", channels: Iterable[str] | None = None
) -> str:
    """A new token of a user, who is added with the role if need be. channels: by reference. scopes: none is all."""
    with transaction() as session:
        owner = users.named(session, user) or users.add(session, user, role, None)
        ids = None
        if channels is not None:
            ids = [one.id for one in session.query(Channel).where(Channel.reference.in_(list(channels)))]
        wanted = Wanted("a test", scopes or tuple(Scope), channels=ids)
        return api_tokens.make(session, TESTER, Owner(owner, role), wanted).token


def bearing(token: str) -> dict[str, str]:
    """The header of a request with the token."""
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def api(settings: Settings, token: str | None = None) -> Iterator[httpx.Client]:
    """A client of a served API, with the token."""
    headers = bearing(token) if token else {}
    with serving(settings) as url, httpx.Client(base_url=url, timeout=60, headers=headers) as client:
        yield client
