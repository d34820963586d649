"""Users of the page, their roles, passwords, sessions and links: for operators alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from app.access import sessions, user_acts, users
from app.db import transaction
from app.domain.access.passwords import LONGEST
from app.domain.access.roles import Act, Role
from app.errors import UserError
from app.local.fleet import page_address
from app.models import User
from app.search.cursors import HIGHEST
from app.settings import get_settings
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.answers import once
from app.web.errors import looked_up
from app.web.rendering import html
from app.web.views import Views

views = Views()

Name = Annotated[str, Form(max_length=200)]
Secret = Annotated[str, Form(max_length=2 * LONGEST)]
WRONG, CONFLICT = 400, 409
DIFFERENT = "the two passwords differ: type the same one twice"


@dataclass(frozen=True)
class UsersPage:
    """A page of users. sessions: of one-time links, which have no user; cursor: of the next page of users."""

    users: Sequence[users.UserShown]
    sessions: Sequence[sessions.SessionShown]
    cursor: str | None


@dataclass(frozen=True)
class UserPage:
    """A user with a page of open sessions. last: whether no other operator has a password."""

    user: users.UserShown
    sessions: Sequence[sessions.SessionShown]
    last: bool
    cursor: int | None


@views.view("/users", "users.html", Act.OPERATE)
def all_users(cursor: str = "") -> UsersPage:
    """The users by name."""
    with transaction() as session:
        found, following = users.user_page(session, cursor)
        return UsersPage(found, sessions.session_page(session, None)[0], following)


@views.view("/users/{name}", "user.html", Act.OPERATE)
def one_user(name: str, cursor: int | None = None) -> UserPage:
    """A user."""
    with transaction() as session:
        user = _named(session, name)
        found, following = sessions.session_page(session, user, min(cursor, HIGHEST) if cursor is not None else None)
        return UserPage(users.shown(session, user), found, user_acts.is_last_operator(session, name), following)


@views.router.post("/users", include_in_schema=False)
@needs(Act.OPERATE)
def add(
    request: Request, name: Name, role: Annotated[Role, Form()], password: Secret = "", again: Secret = ""
) -> Response:
    """Adds a user; without a password one that enters by a link or through a proxy."""
    try:
        _check_same(password, again)
        with transaction() as session:
            user, entry = user_acts.add(session, actor_of(request), name, role, password or None)
    except UserError as error:
        return html(request, "users.html", WRONG, page=all_users(), wrong=str(error), typed=name)
    return done(_address(user.name), entry)


@views.router.post("/users/link", include_in_schema=False)
@needs(Act.OPERATE)
def operator_link(request: Request) -> Response:
    """A link that signs in once, as an operator without a name."""
    return _link(request, None)


@views.router.post("/users/{name}/link", include_in_schema=False)
@needs(Act.OPERATE)
def user_link(request: Request, name: str) -> Response:
    """A link that signs in once, as this user."""
    return _link(request, name)


@views.router.post("/users/{name}/role", include_in_schema=False)
@needs(Act.OPERATE)
def set_role(
    request: Request, name: str, role: Annotated[Role, Form()], sure: Annotated[bool, Form()] = False
) -> Response:
    """Gives a user another role; takes it from the last operator only if that is meant."""
    try:
        with transaction() as session:
            _named(session, name)
            entry = user_acts.set_role(session, actor_of(request), name, role, sure=sure)
    except user_acts.LastOperator:
        return html(request, "user.html", CONFLICT, page=one_user(name), unsure={"act": "role", "role": role.value})
    return done(_address(name), entry)


@views.router.post("/users/{name}/password", include_in_schema=False)
@needs(Act.OPERATE)
def set_password(request: Request, name: str, password: Secret, again: Secret = "") -> Response:
    """Gives a user another password."""
    one_user(name)  # an unknown user is an error of its own
    try:
        _check_same(password, again)
        with transaction() as session:
            _, entry = user_acts.set_password(session, actor_of(request), name, password)
    except UserError as error:
        return html(request, "user.html", WRONG, page=one_user(name), wrong=str(error))
    return done(_address(name), entry)


@views.router.post("/users/{name}/remove", include_in_schema=False)
@needs(Act.OPERATE)
def remove(request: Request, name: str, sure: Annotated[bool, Form()] = False) -> Response:
    """Removes a user; the last operator only if that is meant."""
    try:
        with transaction() as session:
            _named(session, name)
            _, entry = user_acts.remove(session, actor_of(request), name, sure=sure)
    except user_acts.LastOperator:
        return html(request, "user.html", CONFLICT, page=one_user(name), unsure={"act": "remove"})
    return done("/users", entry)


@views.router.post("/users/{name}/revoke", include_in_schema=False)
@needs(Act.OPERATE)
def revoke_all(request: Request, name: str) -> Response:
    """Ends all sessions of a user."""
    with transaction() as session:
        _named(session, name)
        _, entry = user_acts.revoke_all(session, actor_of(request), name)
    return done(_address(name), entry)


@views.router.post("/sessions/{number:int}/revoke", include_in_schema=False)
@needs(Act.OPERATE)
def revoke(request: Request, number: int, user: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Ends a session, and leads back to its user."""
    with transaction() as session, looked_up():
        entry = user_acts.revoke(session, actor_of(request), min(number, HIGHEST))
    return done(_address(user) if user else "/users", entry)


def _link(request: Request, name: str | None) -> Response:
    """The page with the new link, this once: neither a log nor the browser's memory has it afterwards."""
    with transaction() as session:
        if name is not None:
            _named(session, name)
        made, _ = user_acts.make_link(session, actor_of(request), name)
    address = page_address(get_settings()) + made.path
    return once(html(request, "new_link.html", address=address, until=made.until, name=name))


def _named(session: Session, name: str) -> User:
    with looked_up():
        return users.required(session, name)


def _check_same(password: str, again: str) -> None:
    if password != again:
        raise UserError(DIFFERENT)


def _address(name: str) -> str:
    return f"/users/{quote(name, safe='')}"
