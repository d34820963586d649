"""Alerts: made, paused, removed; the posts that they would have fired for, and their deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.alerts import acts, lists, signing
from app.alerts import feeds as addresses
from app.alerts.preview import Preview, preview_of
from app.alerts.resend import resend as send_again
from app.browse.shown import Shown, shown
from app.db import transaction
from app.domain.access.audited import Actor
from app.domain.access.roles import Act
from app.search.hits import Hit
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.answers import once
from app.web.errors import looked_up
from app.web.pages import feeds
from app.web.rendering import html
from app.web.views import Views

views = Views()


@dataclass(frozen=True)
class AlertsPage:
    """All alerts. searches: that one can be made on."""

    alerts: tuple[lists.AlertShown, ...]
    searches: tuple[lists.SavedShown, ...]


@dataclass(frozen=True)
class AlertPage:
    """One alert with a page of its tellings."""

    alert: lists.AlertShown
    page: lists.HitPage


@dataclass(frozen=True)
class Found:
    """A post of a preview."""

    hit: Hit
    shown: Shown


@dataclass(frozen=True)
class PreviewPage:
    """The posts of the last days for which an alert on a search would have fired."""

    search: str
    preview: Preview
    hits: tuple[Found, ...]


@dataclass(frozen=True)
class NewAlertPage:
    """A new signing secret or address of a feed, shown once. is_new: whether its alert is, too."""

    name: str
    secret: str | None = None
    feed: feeds.NewFeed | None = None
    is_new: bool = False


@views.view("/alerts", "alerts.html", Act.EDIT)
def alerts() -> AlertsPage:
    """The alerts by name, and the form for a new one."""
    with transaction() as session:
        return AlertsPage(lists.alerts(session), lists.saved_searches(session))


@views.view("/alerts/preview", "alert_preview.html", Act.EDIT)
def preview(search: str) -> PreviewPage:
    """Looks back with a saved search."""
    with transaction() as session, looked_up():
        found = preview_of(session, search)
        publications = {one.id: one for one in shown(session, [hit.publication_id for hit in found.hits])}
    hits = tuple(
        Found(hit, publications[hit.publication_id]) for hit in found.hits if hit.publication_id in publications
    )
    return PreviewPage(search, found, hits)


@views.view("/alerts/{number:int}", "alert.html", Act.EDIT)
def alert(number: int, cursor: str | None = None) -> AlertPage:
    """One alert: its addresses, its tellings and their deliveries."""
    with transaction() as session:
        with looked_up():
            found = lists.numbered(session, number)
        return AlertPage(found, lists.hits(session, found, cursor=cursor))


@views.router.post("/alerts", include_in_schema=False)
@needs(Act.EDIT)
def add(
    request: Request,
    search: Annotated[str, Form()],
    name: Annotated[str, Form()] = "",
    webhook: Annotated[str, Form()] = "",
    chat: Annotated[str, Form()] = "",
    feed: Annotated[bool, Form()] = False,
    again: Annotated[bool, Form()] = False,
) -> Response:
    """Makes an alert; the signing secret of its webhook and the address of its feed are shown this once."""
    webhooks, chats = ([one.strip()] if one.strip() else [] for one in (webhook, chat))
    wanted = acts.Wanted(search, name, webhooks, chats, feed, again)
    with transaction() as session:
        made = acts.add(session, actor_of(request), wanted)
    if made.secret is None and made.feed is None:
        return done("/alerts", made.entry)
    feed_of_it = feeds.new_feed(request, made.feed) if made.feed else None
    return _once(request, NewAlertPage(made.name, made.secret, feed_of_it, is_new=True))


@views.router.post("/alerts/{number:int}/feed", include_in_schema=False)
@needs(Act.EDIT)
def renew_feed(request: Request, number: int) -> Response:
    """Gives an alert a feed, or its feed a new address, which is shown this once."""
    with transaction() as session:
        name = name_of(session, number)
        path = addresses.renew(session, actor_of(request), name).path
    return _once(request, NewAlertPage(name, feed=feeds.new_feed(request, path)))


@views.router.post("/alerts/{number:int}/feed/revoke", include_in_schema=False)
@needs(Act.EDIT)
def revoke_feed(request: Request, number: int) -> RedirectResponse:
    """Ends the address of an alert's feed."""
    return _acted(request, number, addresses.revoke)


@views.router.post("/alerts/{number:int}/pause", include_in_schema=False)
@needs(Act.EDIT)
def pause(request: Request, number: int) -> RedirectResponse:
    """Stops an alert from firing."""
    return _acted(request, number, acts.pause)


@views.router.post("/alerts/{number:int}/resume", include_in_schema=False)
@needs(Act.EDIT)
def resume(request: Request, number: int) -> RedirectResponse:
    """Lets an alert fire again."""
    return _acted(request, number, acts.resume)


@views.router.post("/alerts/{number:int}/remove", include_in_schema=False)
@needs(Act.EDIT)
def remove(request: Request, number: int) -> RedirectResponse:
    """Removes an alert."""
    return _acted(request, number, acts.remove, "/alerts")


@views.router.post("/alerts/{number:int}/resend", include_in_schema=False)
@needs(Act.EDIT)
def resend(
    request: Request, number: int, hit: Annotated[int, Form()], destination: Annotated[int, Form()]
) -> RedirectResponse:
    """Sends a delivery once more."""
    with transaction() as session:
        entry, call = send_again(session, actor_of(request), hit, destination)
    request.app.state.publish([call])
    return done(f"/alerts/{number}", entry)


@views.router.post("/alerts/{number:int}/secret", include_in_schema=False)
@needs(Act.EDIT)
def renew_secret(request: Request, number: int) -> Response:
    """Gives the webhooks of an alert a new secret, which is shown this once."""
    with transaction() as session:
        name = name_of(session, number)
        made = signing.renew(session, actor_of(request), name)
    return _once(request, NewAlertPage(name, made.secret))


@views.router.post("/alerts/{number:int}/secret/end", include_in_schema=False)
@needs(Act.EDIT)
def end_secret(request: Request, number: int) -> RedirectResponse:
    """Ends the old secret of an alert's webhooks."""
    return _acted(request, number, signing.end_old)


def _acted(
    request: Request, number: int, act: Callable[[Session, Actor, str], int], back: str | None = None
) -> RedirectResponse:
    """Does an act on an alert, by its name, and leads back: to its page, if nothing else is said."""
    with transaction() as session:
        entry = act(session, actor_of(request), name_of(session, number))
    return done(back or f"/alerts/{number}", entry)


def _once(request: Request, page: NewAlertPage) -> Response:
    return once(html(request, "alert_made.html", page=page))


def name_of(session: Session, number: int) -> str:
    """The name of the alert with this number. Missing if there is none."""
    with looked_up():
        return lists.numbered(session, number).name
