"""Alerts over the API. They are on saved searches, which may name any channel: for tokens of all channels alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.access.api_tokens import Bearer
from app.alerts import acts, feeds, signing
from app.alerts.resend import resend
from app.db import transaction
from app.domain.access.audited import Actor
from app.domain.access.roles import Act
from app.web.answers import once
from app.web.api.admission import Token
from app.web.api.answers import Paged, kept
from app.web.api.parameters import Body, Cursor, Id
from app.web.api.routes import Api
from app.web.errors import NotAllowed
from app.web.pages.alerts import AlertPage, AlertsPage, alert, alerts, name_of

api = Api("alerts")

Text = Annotated[str, Field(max_length=2_000)]
LIMITED = "alerts may name any channel: this needs a token without a list of channels"


class NewAlert(Body):
    """An alert on a saved search. name: empty takes that of the search. again: also when a post is edited or reread."""

    search: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(max_length=acts.LONGEST_NAME)] = ""
    webhooks: list[Text] = Field(default_factory=list, max_length=10)
    chats: list[Text] = Field(default_factory=list, max_length=10)
    feed: bool = False
    again: bool = False


@dataclass(frozen=True)
class AlertMade:
    """An alert that was made, or got a new key. secret: of its webhooks; feed: the path of its feed; told this once.

    entry: the number of the audit entry.
    """

    name: str
    secret: str | None
    feed: str | None
    entry: int


@dataclass(frozen=True)
class AlertActed:
    """An act on an alert. entry: the number of the audit entry."""

    name: str
    entry: int


@dataclass(frozen=True, kw_only=True)
class AlertAnswer(AlertPage):
    """An alert with the posts that it told of, the newest first. next: the address of the page after it."""

    next: str | None


@api.get("/alerts", AlertsPage, act=Act.EDIT)
def all_alerts(bearer: Token) -> AlertsPage:
    """All alerts with their addresses, without secrets; and the saved searches."""
    _check(bearer)
    found: AlertsPage = alerts()
    return found


@api.change("POST", "/alerts", AlertMade, act=Act.EDIT, status=201)
def make_alert(bearer: Token, request: Request, body: NewAlert) -> Response:
    """Makes an alert, which fires for posts from now on."""
    _check(bearer)
    wanted = acts.Wanted(body.search, body.name, body.webhooks, body.chats, body.feed, body.again)
    with transaction() as session:
        made = acts.add(session, bearer.actor, wanted)
    return _once(request, AlertMade(made.name, made.secret, made.feed, made.entry))


@api.get("/alerts/{id}", AlertAnswer, act=Act.EDIT, errors=(404,))
def alert_by_id(bearer: Token, id: Id, cursor: Cursor = None) -> Paged:
    """One alert, and the posts that it told of with their deliveries."""
    _check(bearer)
    found = alert(id, cursor)
    return Paged(found, found.page.cursor)


@api.change("DELETE", "/alerts/{id}", AlertActed, act=Act.EDIT, errors=(404,))
def remove_alert(bearer: Token, id: Id) -> AlertActed:
    """Removes an alert; deliveries that are due end."""
    return _acted(bearer, id, acts.remove)


@api.change("POST", "/alerts/{id}/pause", AlertActed, act=Act.EDIT, errors=(404,))
def pause_alert(bearer: Token, id: Id) -> AlertActed:
    """Stops an alert from firing until it goes on. 400: it is paused already."""
    return _acted(bearer, id, acts.pause)


@api.change("POST", "/alerts/{id}/resume", AlertActed, act=Act.EDIT, errors=(404,))
def resume_alert(bearer: Token, id: Id) -> AlertActed:
    """Lets a paused alert fire again, for posts from now on. 400: it is not paused."""
    return _acted(bearer, id, acts.resume)


@api.change("POST", "/alerts/{id}/feed", AlertMade, act=Act.EDIT, status=201, errors=(404,))
def renew_feed(bearer: Token, request: Request, id: Id) -> Response:
    """Gives an alert a feed, or its feed a new address: the one before opens nothing any more."""
    _check(bearer)
    with transaction() as session:
        name = name_of(session, id)
        made = feeds.renew(session, bearer.actor, name)
    return _once(request, AlertMade(name, None, made.path, made.entry))


@api.change("DELETE", "/alerts/{id}/feed", AlertActed, act=Act.EDIT, errors=(404,))
def revoke_feed(bearer: Token, id: Id) -> AlertActed:
    """Ends the address of an alert's feed. 400: it has none."""
    return _acted(bearer, id, feeds.revoke)


@api.change("POST", "/alerts/{id}/secret", AlertMade, act=Act.EDIT, status=201, errors=(404,))
def renew_secret(bearer: Token, request: Request, id: Id) -> Response:
    """Gives the webhooks of an alert a new secret beside the one of now. 400: it has no webhook."""
    _check(bearer)
    with transaction() as session:
        name = name_of(session, id)
        made = signing.renew(session, bearer.actor, name)
    return _once(request, AlertMade(name, made.secret, None, made.entry))


@api.change("DELETE", "/alerts/{id}/secret", AlertActed, act=Act.EDIT, errors=(404,))
def end_old_secret(bearer: Token, id: Id) -> AlertActed:
    """Signs with the newest secret alone from now on. 400: there is no older one."""
    return _acted(bearer, id, signing.end_old)


@api.change("POST", "/deliveries/{hit}/{destination}/resend", AlertActed, act=Act.EDIT, status=202)
def resend_delivery(request: Request, bearer: Token, hit: Id, destination: Id) -> AlertActed:
    """Sends a delivery that ended once more, with the id that it had. 400: it goes on, or there is none."""
    _check(bearer)
    with transaction() as session:
        entry, call = resend(session, bearer.actor, hit, destination)
    request.app.state.publish([call])
    return AlertActed(f"{hit}/{destination}", entry)


def _acted(bearer: Bearer, number: int, act: Callable[[Session, Actor, str], int]) -> AlertActed:
    _check(bearer)
    with transaction() as session:
        name = name_of(session, number)
        return AlertActed(name, act(session, bearer.actor, name))


def _once(request: Request, made: AlertMade) -> Response:
    return once(kept(request, asdict(made)))


def _check(bearer: Bearer) -> None:
    if bearer.channels is not None:
        raise NotAllowed(LIMITED)
