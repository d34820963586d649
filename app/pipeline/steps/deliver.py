"""deliver_notice: tells one address of an alert about one hit.

An attempt whose end is unknown is made again where receivers drop doubles by the notice's id, as those of webhooks do.
A chat has no such key: the row becomes `unknown`, and a user decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.alerts import Destination, Medium, Notice, Reason
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.domain.permalinks import channel_key, permalink_if_known
from app.errors import Gone, MediaAuditError, Unanswered
from app.models import Alert, AlertDestination, AlertHit, Channel, Post, Publication, SavedSearch, SearchDocument
from app.pipeline.engine import step_metrics
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep, each
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.posts.revisions import hashes_of, items_of, lead_of
from app.ports import Notifier
from app.settings import get_settings

REMOVED = "the alert was removed"
ENDED = "the address has ended"
UNKNOWN = "it may have arrived: the worker ended between the attempt and its answer"
KEYED = frozenset({Medium.WEBHOOK})  # media whose receivers know a notice by its id


@dataclass(frozen=True)
class Delivery:
    """One notice for one address."""

    hit_id: int
    destination_id: int
    destination: Destination
    notice: Notice


class Deliver(ExternalStep[Delivery, None]):
    """Delivers notices, one for each lease."""

    step = Step.DELIVER

    def __init__(self, notifiers: Mapping[Medium, Notifier]) -> None:
        self._notifiers = notifiers

    def load(self, session: Session, held: Claim) -> Delivery | EarlyOutcome:
        hit, address = session.get(AlertHit, held.subject_id), session.get(AlertDestination, held.revision)
        if hit is None or address is None:
            return EarlyOutcome(state=State.SKIPPED, reason=REMOVED)
        if address.ended_at is not None:
            return EarlyOutcome(state=State.SKIPPED, reason=ENDED)
        medium = Medium(address.medium)
        if medium not in KEYED and not _begin(session, hit, address.id):
            step_metrics.delivered(session, medium, "unknown")
            return EarlyOutcome(state=State.UNKNOWN, reason=UNKNOWN)
        destination = Destination(medium, address.address, tuple(address.secrets))
        return Delivery(hit.id, address.id, destination, _notice(session, hit))

    def perform(self, inputs: Sequence[Delivery]) -> list[MediaAuditError | None]:
        return each(self._send, inputs)

    def _send(self, given: Delivery) -> None:
        self._notifiers[given.destination.medium].send(given.destination, given.notice)

    def finish(self, session: Session, held: Claim, given: Delivery, result: None) -> Outcome:
        _end(session, given)
        step_metrics.delivered(session, given.destination.medium, "sent")
        return Outcome()

    def failed(self, session: Session, held: Claim, given: Delivery, error: MediaAuditError) -> Outcome | None:
        _end(session, given)
        if isinstance(error, Unanswered) and given.destination.medium not in KEYED:
            step_metrics.delivered(session, given.destination.medium, "unknown")
            return Outcome(state=State.UNKNOWN, reason=f"it may have arrived: {error.reason}")
        if isinstance(error, Gone):
            ended = {"ended_at": func.clock_timestamp(), "ended_why": error.reason}
            session.execute(update(AlertDestination).where(AlertDestination.id == given.destination_id).values(ended))
        step_metrics.delivered(session, given.destination.medium, "gone" if isinstance(error, Gone) else "failed")
        return None


def deliver_notices(notifiers: Mapping[Medium, Notifier], keys: Sequence[Key]) -> list[Next]:
    """Delivers the due notices among the keys."""
    return run_external(Deliver(notifiers), keys)


def _begin(session: Session, hit: AlertHit, destination: int) -> bool:
    """Notes that an attempt begins; False where an earlier one began and has no known end, which is settled by it."""
    before = select(AlertHit.begun.contains([destination])).where(AlertHit.id == hit.id)
    if session.scalar(before):
        _settle(session, hit.id, destination)
        return False
    begun = func.array_append(AlertHit.begun, destination)
    session.execute(update(AlertHit).where(AlertHit.id == hit.id).values(begun=begun))
    return True


def _end(session: Session, given: Delivery) -> None:
    if given.destination.medium not in KEYED:
        _settle(session, given.hit_id, given.destination_id)


def _settle(session: Session, hit: int, destination: int) -> None:
    left = func.array_remove(AlertHit.begun, destination)
    session.execute(update(AlertHit).where(AlertHit.id == hit).values(begun=left))


def _notice(session: Session, hit: AlertHit) -> Notice:
    """The notice of a hit: the publication as it is now, so that it stands with its revision of now."""
    alert, query = session.execute(
        select(Alert.name, SavedSearch.query)
        .join(SavedSearch, SavedSearch.name == Alert.search)
        .where(Alert.id == hit.alert_id)
    ).one()
    publication = session.get_one(Publication, hit.publication_id)
    document = session.get_one(SearchDocument, hit.publication_id)
    channel = session.get_one(Channel, publication.channel_id)
    lead = session.get_one(Post, lead_of(publication)).telegram_message_id
    return Notice(
        id=f"msg_{hit.uid.hex}",
        alert=alert,
        query=query,
        reason=Reason(hit.reason),
        channel=channel.title or channel.reference,
        publication_id=publication.id,
        revision=publication.revision,
        posted_at=publication.posted_at,
        link=permalink_if_known(channel.username, channel.telegram_id, lead) or "",
        page=_page(channel, lead),
        text=document.text,
        tags=tuple(document.tag_list),
        media=tuple(sorted(hashes_of(items_of(session, [publication.id])[publication.id]))),
    )


def _page(channel: Channel, message: int) -> str:
    base = get_settings().web_url
    if not base:
        return ""
    key = quote(channel_key(channel.username, channel.telegram_id, channel.reference))
    return f"{base.rstrip('/')}/p/{key}/{message}"
