"""Compares the hits of alerts with their deliveries: one row of work for each address that the alert had by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.alerts import Medium
from app.domain.kinds import Step
from app.models import AlertDestination, AlertHit, Work
from app.pipeline.posts.alerts import enqueue
from app.verify.check import Check, Fault
from app.verify.reading import pages


class Deliveries(Check[int]):
    """Checks that each hit has its rows of work."""

    name = "deliveries of alerts"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(AlertHit.id)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            found = session.execute(_missing(keys).order_by(AlertHit.id, AlertDestination.id)).all()
        return [Fault(hit, f"hit {hit}", f"no work for its address {address}") for hit, address in found]

    def mend_one(self, fault: Fault[int]) -> bool:
        """Makes the missing deliveries due."""
        with transaction() as session:
            enqueue(session, _keys(session, fault.key))
        return True


def _missing(hits: Sequence[int]) -> Select[int, int]:
    """hit, address: without a row of work. An address that ended by then, or was made later, has none."""
    told = AlertDestination.created_at <= AlertHit.made_at
    lives = AlertDestination.ended_at.is_(None) | (AlertDestination.ended_at > AlertHit.made_at)
    work = (Work.step == Step.DELIVER) & (Work.subject_id == AlertHit.id) & (Work.revision == AlertDestination.id)
    query = select(AlertHit.id, AlertDestination.id).join(
        AlertDestination, (AlertDestination.alert_id == AlertHit.alert_id) & told & lives
    )
    query = query.outerjoin(Work, work).where(AlertHit.id.in_(hits), Work.id.is_(None))
    return query.where(AlertDestination.medium != Medium.FEED.value)


def _keys(session: Session, hit: int) -> list[tuple[int, int]]:
    return [(one, address) for one, address in session.execute(_missing([hit]))]
