"""The base of the checks of publications: loads pages with their rows, without publications with work in progress."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.documents import Document
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.kinds import State, Step
from app.domain.steps import STEPS
from app.models import MediaFile, Post, PostMedia, Publication, TagChange, Work
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import Row, items_of, lock_publications, publications_of
from app.verify import expected
from app.verify.check import Check, Fault, Outcome, ended, note
from app.verify.reading import pages, places

UNDER_WAY = (State.DUE, State.LEASED)


@dataclass(frozen=True)
class Stage:
    """The work row of a step for a publication's current revision. since: last change of its state."""

    state: State
    reason: str | None
    since: datetime

    @property
    def done(self) -> bool:
        """Whether the result of the step must exist; rows in other states have a reason why it does not."""
        return self.state is State.DONE


class Batch:
    """Publications without work in progress, as one transaction sees them."""

    def __init__(self, session: Session, ids: Collection[int]) -> None:
        self.session = session
        found = publications_of(session, ids)
        busy = under_way(session, found)
        self.publications = {id_: p for id_, p in found.items() if id_ not in busy}
        self.rows: dict[int, list[Row]] = items_of(session, self.publications)
        self._stages = _stages(session, self.publications.values())
        self._places = places(session, self.publications)

    @cached_property
    def settled(self) -> dict[int, Publication]:
        """Publications whose current revision is persisted, so that the results of later steps can be judged."""
        return {id_: p for id_, p in self.publications.items() if p.persisted_revision == p.revision}

    @cached_property
    def vision(self) -> dict[int, VisionMetadata]:
        """publication -> its enrichment `vision`."""
        return enrichment.read_all(self.session, self.settled.values(), VisionMetadata)

    @cached_property
    def tags(self) -> dict[int, TagsMetadata]:
        """publication -> its enrichment `tags`."""
        return enrichment.read_all(self.session, self.settled.values(), TagsMetadata)

    @cached_property
    def changes(self) -> Mapping[int, list[TagChange]]:
        """publication -> its lineage, oldest first."""
        found: dict[int, list[TagChange]] = defaultdict(list)
        query = select(TagChange).where(TagChange.publication_id.in_(self.settled)).order_by(TagChange.id)
        for change in self.session.scalars(query):
            found[change.publication_id].append(change)
        return found

    @cached_property
    def documents(self) -> dict[int, Document]:
        """publication -> the document that the index should have now."""
        rows, vision, tags = self.rows, self.vision, self.tags
        return {
            id_: expected.document(p.text, rows.get(id_, []), vision.get(id_), tags.get(id_))
            for id_, p in self.settled.items()
        }

    def stage(self, publication: int, step: Step) -> Stage | None:
        """The row of work, or None."""
        return self._stages.get((publication, step))

    def fault(self, publication: int, what: str, hopeless: str | None = None) -> Fault[int]:
        """A fault of this publication."""
        return Fault(publication, self._places[publication], what, hopeless)


class OfPublications(Check[int]):
    """A check that compares publications with their rows."""

    def __init__(self) -> None:
        self.excused: Counter[str] = Counter()  # missing results whose work gives a reason

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Publication.id)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            return list(self.compare(Batch(session, keys)))

    def mend_one(self, fault: Fault[int]) -> bool:
        """Compares again under lock before it repairs: meanwhile a worker may have mended the fault or begun to."""
        with transaction() as session:
            lock_publications(session, [fault.key])
            batch = Batch(session, [fault.key])
            for found in self.compare(batch):
                if found.hopeless is not None:
                    return False
                self.repair(batch, batch.publications[fault.key])
        return True

    def excuse(self, what: str, stage: Stage | None) -> None:
        """Counts a missing result whose step waits or ended without one."""
        if stage is not None:
            self.excused[f"{what}: {stage.state.value}"] += 1

    def notes(self) -> list[str]:
        return [f"{count} {what} (`media-audit explain` says why)" for what, count in sorted(self.excused.items())]

    @abstractmethod
    def compare(self, batch: Batch) -> Iterable[Fault[int]]:
        """The faults, at most one for each publication."""

    @abstractmethod
    def repair(self, batch: Batch, publication: Publication) -> None:
        """Repairs the publication, or makes the work due that does. It is locked."""


def run_together(checks: Sequence[OfPublications], *, repair: bool) -> list[Outcome]:
    """Runs these checks over all publications and loads each page once.

    A repair compares again, so work that one check made due is no fault for the next.
    """
    outcomes = [Outcome(check.name) for check in checks]
    for ids in pages(Publication.id):
        with snapshot() as session:
            batch = Batch(session, ids)
            found = [list(check.compare(batch)) for check in checks]
        for outcome, check, faults in zip(outcomes, checks, found, strict=True):
            note(outcome, check, len(ids), faults, repair=repair)
    return [ended(outcome, check) for outcome, check in zip(outcomes, checks, strict=True)]


def under_way(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the publications that have work due or in progress: their rows are about to change."""
    open_ = Work.state.in_(UNDER_WAY)
    own = select(Work.subject_id).where(Work.step.in_(STEPS.revised), Work.subject_id.in_(ids), open_)
    media = (
        select(Post.publication_id)
        .join(PostMedia, (PostMedia.post_id == Post.id) & PostMedia.replaced_at.is_(None))
        .where(Post.publication_id.in_(ids), open_)
    )
    loads = media.join(Work, (Work.step == Step.DOWNLOAD) & (Work.subject_id == PostMedia.id))
    reads = media.join(MediaFile, MediaFile.sha256 == PostMedia.sha256).join(
        Work, (Work.step == Step.ANALYZE) & (Work.subject_id == MediaFile.id)
    )
    return {id_ for id_ in session.scalars(union(own, loads, reads)) if id_ is not None}


def _stages(session: Session, publications: Iterable[Publication]) -> dict[tuple[int, str], Stage]:
    current = {p.id: p.revision for p in publications}
    query = select(Work.subject_id, Work.step, Work.revision, Work.state, Work.reason, Work.updated_at)
    rows = session.execute(query.where(Work.step.in_(STEPS.revised), Work.subject_id.in_(current)))
    return {(id_, step): Stage(State(state), why, at) for id_, step, r, state, why, at in rows if current[id_] == r}
