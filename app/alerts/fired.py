"""The newest tellings of all alerts, for the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.browse.subjects import publications
from app.models import Alert, AlertHit

NEWEST = 5


@dataclass(frozen=True)
class Fired:
    """A telling. alert, name: of the alert; subject: the post in words; address: of its page."""

    alert: int
    name: str
    subject: str
    address: str | None
    reason: str
    made_at: datetime


def fired(session: Session, limit: int = NEWEST) -> tuple[Fired, ...]:
    """The newest first, down the primary key."""
    query = select(AlertHit, Alert.name).join(Alert, Alert.id == AlertHit.alert_id)
    rows = session.execute(query.order_by(AlertHit.id.desc()).limit(limit)).all()
    posts = publications(session, {hit.publication_id for hit, _ in rows}) if rows else {}
    return tuple(
        Fired(
            hit.alert_id,
            name,
            posts[hit.publication_id].name if hit.publication_id in posts else "",
            posts[hit.publication_id].address if hit.publication_id in posts else None,
            hit.reason,
            hit.made_at.astimezone(UTC),
        )
        for hit, name in rows
    )
