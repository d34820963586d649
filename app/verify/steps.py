"""Checks that each publication has its chain of steps, and finds stuck work that no worker will take up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.kinds import State, Step
from app.models import MediaFile, MediaVision, Publication, Work, WorkerHeartbeat
from app.pipeline.engine import work
from app.pipeline.engine.work import SUPERSEDED
from app.pipeline.posts.revisions import hashes_of
from app.ports import VisionProvider
from app.queues import NAMES
from app.settings import get_settings
from app.verify.check import Check, Fault
from app.verify.publications import Batch, OfPublications
from app.verify.reading import pages

LATE = timedelta(minutes=5)  # after the end of a lease: the sweeper finds such rows every few seconds
SILENT = timedelta(hours=1)  # for due work while its step finishes no other row
ALIVE = timedelta(minutes=1)  # for a heartbeat: workers send one every ten seconds
TOLD = (State.WAITING, State.UNKNOWN, State.DEAD)  # their reason says why they have no result
ENDED = (State.DONE, State.SKIPPED, State.UNKNOWN, State.DEAD)


class Chains(OfPublications):
    """Checks that no publication stops halfway: the next step has a row of work, or the step before says why not."""

    name = "steps"

    def __init__(self, providers: Sequence[VisionProvider]) -> None:
        """providers: the vision chain; empty while vision is off."""
        super().__init__()
        self._providers = providers

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        files = self._files(batch)
        for id_, publication in batch.publications.items():
            missing = (
                self._missing(batch, publication, files) if id_ in batch.rows else None
            )  # else reported by the check `publications`
            if missing is not None:
                yield batch.fault(id_, f"no work for {missing.value} at revision {publication.revision}")

    def repair(self, batch: Batch, publication: Publication) -> None:
        """Makes the missing step due; for readings and merges that is persist, which makes them due."""
        missing = self._missing(batch, publication, self._files(batch))
        step = missing if missing in (Step.TAG, Step.INDEX) else Step.PERSIST
        work.requeue(batch.session, step, [(publication.id, publication.revision)], hint=0.0)

    def _missing(self, batch: Batch, publication: Publication, files: Mapping[str, bool]) -> Step | None:
        persist, tags, index = (batch.stage(publication.id, step) for step in (Step.PERSIST, Step.TAG, Step.INDEX))
        if publication.persisted_revision < publication.revision:
            told = persist is not None and persist.state in TOLD
            return None if told else Step.PERSIST
        if tags is None or (tags.state is State.SKIPPED and tags.reason == SUPERSEDED):
            return Step.TAG
        return Step.INDEX if index is None else self._read(batch, publication.id, files)

    def _files(self, batch: Batch) -> Mapping[str, bool]:
        """sha256 -> whether a reading was requested or exists, for the files that a provider can read."""
        hashes = hashes_of(chain.from_iterable(batch.rows.values()))
        asked = exists().where(Work.step == Step.ANALYZE, Work.subject_id == MediaFile.id)
        known = exists().where(MediaVision.media_file_id == MediaFile.id)
        query = select(MediaFile.sha256, MediaFile.mime, or_(asked, known)).where(MediaFile.sha256.in_(hashes))
        rows = batch.session.execute(query)
        return {sha256: begun for sha256, mime, begun in rows if any(one.reads(mime) for one in self._providers)}

    def _read(self, batch: Batch, publication: int, files: Mapping[str, bool]) -> Step | None:
        """The missing step of reading. Files that came while vision was off are no fault: persist made no merge due."""
        mine = hashes_of(batch.rows[publication]) & files.keys()
        merge = batch.stage(publication, Step.MERGE)
        if merge is None:
            return Step.MERGE if any(files[sha256] for sha256 in mine) else None
        return None if all(files[sha256] for sha256 in mine) else Step.ANALYZE


class Stuck(Check[int]):
    """Finds leases that ended long ago, and due work that no worker begins although workers are alive."""

    name = "stuck work"

    def __init__(self) -> None:
        self._late = 0

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Work.id, Work.state.in_([State.LEASED, State.DUE]))

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            return self._stuck(session, keys)

    def mend_one(self, fault: Fault[int]) -> bool:
        with transaction() as session:
            for row in session.scalars(select(Work).where(Work.id == fault.key).with_for_update()):
                if self._stuck(session, [fault.key]):
                    work.requeue(session, Step(row.step), [(row.subject_id, row.revision)], hint=0.0)
        return True

    def notes(self) -> list[str]:
        with snapshot() as session:
            query = select(Work.state, func.count()).where(Work.state.in_(TOLD)).group_by(Work.state)
            found = session.execute(query.order_by(Work.state)).all()
        given_up = [f"{count} {state}" for state, count in found]
        late = [f"{self._late} due for over an hour and nobody works: media-audit run"] if self._late else []
        return late + ([f"{', '.join(given_up)}: `media-audit status` and `dead list` say why"] if given_up else [])

    def _stuck(self, session: Session, ids: Sequence[int]) -> list[Fault[int]]:
        now = func.clock_timestamp()
        over = and_(Work.state == State.LEASED, Work.lease_until < now - LATE)
        overdue = and_(Work.state == State.DUE, Work.next_attempt_at < now - SILENT, Work.updated_at < now - SILENT)
        hidden = Work.hint_at > now + SILENT + timedelta(seconds=get_settings().republish_after)
        query = select(Work, over, hidden).where(Work.id.in_(ids), or_(over, overdue)).order_by(Work.id)
        rows = session.execute(query).all()
        works = _steps_at_work(session) if rows else None
        faults = []
        for row, leased, unseen in rows:
            about = f"{row.step} {row.subject_id}/{row.revision}"
            if leased:
                faults.append(Fault(row.id, about, f"its lease was over at {row.lease_until:%Y-%m-%d %H:%M:%S}"))
            elif unseen:
                faults.append(Fault(row.id, about, f"due, and hidden from the sweeper until {row.hint_at:%Y-%m-%d}"))
            elif works is not None and row.step not in works:
                faults.append(Fault(row.id, about, f"due since {row.next_attempt_at:%Y-%m-%d %H:%M:%S}, nobody begins"))
            else:
                self._late += works is None
        return faults


def _steps_at_work(session: Session) -> set[str] | None:
    """The steps that finished a row within the last hour; None if no worker is alive, as then no work is stuck."""
    now = func.clock_timestamp()
    alive = select(WorkerHeartbeat.queues).where(
        WorkerHeartbeat.seen_at > now - ALIVE, WorkerHeartbeat.ended_at.is_(None)
    )
    if not any(set(queues.split(",")) & set(NAMES) for queues in session.scalars(alive)):
        return None  # beat, relay and the like work at no step
    recent: ColumnElement[bool] = Work.updated_at > now - SILENT
    return set(session.scalars(select(Work.step).where(recent, Work.state.in_(ENDED)).distinct()))
