"""Finds the user of a request: by its session, by a trusted proxy, or none."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request
from starlette.datastructures import Headers

from app.access import sessions, users
from app.db import transaction
from app.domain.access.entry import Entry, Way, believed
from app.domain.access.roles import Act, Role, may
from app.domain.access.sessions import LONGEST
from app.web.errors import NotAllowed

NOT_BY_PROXY = "this page is reached through its proxy, which names the user"
UNKNOWN_USER = "the proxy names no user of this page: an operator adds one with `media-audit users add NAME`"


@dataclass(frozen=True)
class Visitor:
    """The user of a request. role: None for one that may only sign in.

    name: None for the session of a link, and for readers on this machine. session: its number, None without one.
    form_token: that forms of this user carry; None where no cookie and no proxy speaks for the user.
    """

    role: Role | None = None
    name: str | None = None
    session: int | None = None
    form_token: str | None = None

    def may(self, act: Act) -> bool:
        """Whether the user may do it."""
        return may(self.role, act)


def visitor_of(request: Request, entry: Entry) -> Visitor:
    """The user of a request. NotAllowed for one that no user can come from."""
    if entry.way is Way.PROXY:
        return _by_proxy(request, entry)
    token = request.cookies.get(cookie(entry))
    if token and (found := _signed_in(token)):
        return Visitor(found.role, found.name, found.id, form_token(token))
    return Visitor(Role.READER) if entry.way is Way.OPEN else Visitor()


def _signed_in(token: str) -> sessions.SignedIn | None:
    with transaction() as session:
        return sessions.find(session, token)


def _by_proxy(request: Request, entry: Entry) -> Visitor:
    """The user that the proxy names: a header of any other peer is the word of a stranger."""
    peer = request.client.host if request.client else None
    if not believed(entry.networks, peer):
        raise NotAllowed(NOT_BY_PROXY)
    name = _named(request.headers, str(entry.header))
    with transaction() as session:
        user = users.named(session, name) if name else None
    if user is None:
        raise NotAllowed(UNKNOWN_USER)
    return Visitor(Role(user.role), user.name, form_token=form_token(user.form_key))


def _named(headers: Headers, header: str) -> str | None:
    """The name in the header. Two of them are no name: one may be the client's own."""
    given = headers.getlist(header)
    if len(given) != 1:
        return None
    try:
        return given[0].encode("latin-1").decode()
    except UnicodeDecodeError:
        return None


def cookie(entry: Entry) -> str:
    """The name of the session's cookie. `__Host-` binds it to this host and to https, which browsers enforce."""
    return "__Host-session" if entry.secure else "session"


LIFE = int(LONGEST.total_seconds())  # seconds that a browser keeps the cookie; the row decides


def form_token(key: str) -> str:
    """The token of forms, bound to a session's token or a user's key: other sites do not know it."""
    return hmac.new(key.encode(), b"form", sha256).hexdigest()
