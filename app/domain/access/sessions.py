"""How long sessions and one-time links hold."""

from __future__ import annotations

from datetime import datetime, timedelta

IDLE = timedelta(days=14)  # without a request: a forgotten browser is signed out
LONGEST = timedelta(days=90)  # since sign-in, however busy: a stolen cookie ends, too
LINK = timedelta(minutes=10)  # from the terminal to the browser
SEEN = timedelta(minutes=5)  # between two notes of the last request: a write for each request would be waste
AGENT = 200  # characters of a browser's name that are kept


def is_open(now: datetime, *, last_seen: datetime, expires_at: datetime, revoked_at: datetime | None) -> bool:
    """Whether a session still holds."""
    return revoked_at is None and now < expires_at and now - last_seen < IDLE


def is_stale(now: datetime, last_seen: datetime) -> bool:
    """Whether the last request of a session is to be noted anew."""
    return now - last_seen >= SEEN


def link_holds(now: datetime, *, expires_at: datetime, used_at: datetime | None) -> bool:
    """Whether a one-time link can still be used."""
    return used_at is None and now < expires_at
