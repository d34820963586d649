"""The acts on alerts. Page, API and command call the same functions; each leaves its audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.alerts import feeds, signing
from app.domain.access.audited import Acted, Actor
from app.domain.alerts import Medium
from app.domain.delivery.target import checked
from app.domain.delivery.telegram import is_chat
from app.domain.delivery.webhook import PREFIX, is_secret
from app.domain.facets import folded
from app.domain.networks import parse
from app.domain.query.tokens import clean
from app.errors import UserError
from app.models import Alert, AlertDestination, SavedSearch
from app.settings import get_settings

LONGEST_NAME = 100  # characters
# Whole seconds, as Telegram's times are: a post of this very second is news.
NOW = func.date_trunc("second", func.clock_timestamp())


@dataclass(frozen=True)
class Wanted:
    """An alert to make. name: empty takes that of the search. secret: of the webhooks; None makes one."""

    search: str
    name: str = ""
    webhooks: Sequence[str] = ()
    chats: Sequence[str] = ()
    feed: bool = False
    again: bool = False
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Made:
    """An alert that was made. secret: of its webhooks, None without one; feed: the path of its feed, None without one.

    Both are shown this once.
    """

    entry: int
    name: str
    secret: str | None = field(default=None, repr=False)
    feed: str | None = field(default=None, repr=False)


def add(session: Session, actor: Actor, wanted: Wanted) -> Made:
    """Makes an alert, which fires for posts from now on.

    UserError for an unknown search, a name that another alert has, no destination, and a wrong address or secret.
    """
    search = _search(session, wanted.search)
    name = clean(wanted.name).strip() or search
    if len(name) > LONGEST_NAME or "/" in name:
        raise UserError(f"the name of an alert has at most {LONGEST_NAME} characters and no slash")
    if session.scalar(select(Alert.id).where(Alert.name == name)) is not None:
        raise UserError(f"there is an alert {name!r} already: give this one another name, or remove the other")
    secret = _secret(wanted)
    destinations = _destinations(wanted)
    alert = Alert(name=name, search=search, again=wanted.again, created_by=actor.name, since=NOW)
    session.add(alert)
    session.flush()
    session.add_all(
        AlertDestination(alert_id=alert.id, medium=medium, address=address, secrets=_secrets(medium, secret))
        for medium, address in destinations
    )
    session.flush()
    feed = feeds.address(session, alert) if wanted.feed else None
    media = sorted({medium.value for medium, _ in destinations})
    entry = record(session, actor, Acted.ALERT_ADD, name, search=search, media=media, again=wanted.again)
    return Made(entry, name, secret, feed)


def remove(session: Session, actor: Actor, name: str) -> int:
    """Removes an alert with its hits and addresses; deliveries that are due end. Returns the audit entry's number."""
    session.delete(required(session, name))
    return record(session, actor, Acted.ALERT_REMOVE, name)


def pause(session: Session, actor: Actor, name: str) -> int:
    """Stops an alert from firing until it goes on; deliveries that are due are still made."""
    alert = required(session, name)
    if alert.paused_at is not None:
        raise UserError(f"the alert {name!r} is paused already")
    alert.paused_at = func.clock_timestamp()
    return record(session, actor, Acted.ALERT_PAUSE, name)


def resume(session: Session, actor: Actor, name: str) -> int:
    """Lets a paused alert fire again, for posts from now on."""
    alert = required(session, name)
    if alert.paused_at is None:
        raise UserError(f"the alert {name!r} is not paused")
    alert.paused_at, alert.since = None, NOW
    return record(session, actor, Acted.ALERT_RESUME, name)


def required(session: Session, name: str) -> Alert:
    """The alert of that name, locked. UserError if there is none."""
    alert = session.scalar(select(Alert).where(Alert.name == name).with_for_update())
    if alert is None:
        raise UserError(f"there is no alert {name!r}: see `media-audit alerts list`")
    return alert


def _search(session: Session, name: str) -> str:
    """The name of the saved search, locked against its removal."""
    query = select(SavedSearch.name).where(SavedSearch.name == folded(clean(name)))
    found = session.scalar(query.with_for_update(read=True, key_share=True))
    if found is None:
        raise UserError(f"no search is saved as {name!r}: `media-audit saved add` keeps one for the alert")
    return found


def _secret(wanted: Wanted) -> str | None:
    if not wanted.webhooks:
        return None
    if wanted.secret is None:
        return signing.new_secret()
    if not is_secret(wanted.secret):
        raise UserError(f"the secret of a webhook is {PREFIX!r} and 24 to 64 bytes in Base64: leave it out to get one")
    return wanted.secret


def _secrets(medium: Medium, secret: str | None) -> list[str]:
    return [secret] if medium is Medium.WEBHOOK and secret else []


def _destinations(wanted: Wanted) -> list[tuple[Medium, str]]:
    allowed = parse("ALERTS_ALLOWED_NETWORKS", get_settings().alerts_allowed_networks, "write those of your receivers")
    for address in wanted.webhooks:
        checked(address, allowed)
    for chat in wanted.chats:
        if not is_chat(chat):
            raise UserError(f"{chat!r} is no chat: write its number, or @name of a public group or channel")
    found = [
        *((Medium.WEBHOOK, address) for address in wanted.webhooks),
        *((Medium.TELEGRAM, chat) for chat in wanted.chats),
        *([(Medium.FEED, "")] if wanted.feed else []),
    ]
    if not found:
        raise UserError("an alert needs a destination: a webhook, a chat of Telegram, or a feed")
    return list(dict.fromkeys(found))
