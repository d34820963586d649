"""persist_publication: recomputes an album from its child rows, and schedules reading, merging, tagging and indexing.

It recomputes the group's items, positions, kind and count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain as joined
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.albums import album_kind
from app.domain.enrichment import VisionMetadata
from app.domain.flow import Call, FanOut, Key, Next
from app.domain.kinds import ASIDE, PREVIEW, MediaKind, MediaRole, State, Step, Turn
from app.domain.steps import STEPS
from app.events import announce, outbox
from app.events.schemas import Event
from app.models import MediaFile, MediaGroup, MediaGroupItem, Publication, Work
from app.models.bulk import insert_all
from app.pipeline.engine import reschedule, step_metrics, work
from app.pipeline.engine.database_runner import run_database
from app.pipeline.engine.fan_in import not_ready
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.posts import enrichment, gallery
from app.pipeline.posts.media_label import label_of
from app.pipeline.posts.revisions import (
    Row,
    hashes_of,
    items_of,
    lock_publications,
    own_first,
    own_media,
    posts_of,
)
from app.pipeline.vision.provider_chain import Chain, read_aside, under_way, unread
from app.ports import VisionProvider
from app.settings import get_settings


def persist_publications(
    providers: Sequence[VisionProvider], keys: Sequence[Key], *, bulk: bool, previews: VisionProvider | None = None
) -> list[Next]:
    """Persists publications whose media have arrived; the others stay due for the sweeper.

    providers: the vision chain, the primary first; empty while vision is off. previews: the reader of previews and
    stories; None: the chain reads them.
    """

    def body(session: Session, claims: Sequence[Claim]) -> list[Outcome]:
        chain = Chain(session, providers, previews)
        given = read_input(session, [held.subject_id for held in claims], chain)
        return Persist(session, given, chain, bulk=bulk).all(claims)

    return run_database(Step.PERSIST, lock_publications, body, keys)


@dataclass(frozen=True)
class PersistInput:
    """The posts and media of one batch of publications. Media files count if the chain has a reader for them."""

    open: set[int]  # publications whose media have not arrived
    rows: dict[int, list[Row]]  # publication -> its posts with their media
    files: dict[str, int]  # sha256 -> media file
    readers: dict[int, int]  # media file -> version of the first provider with a reader for it
    aside: set[int]  # media files that are no publication's own here, and that a reader of their own reads
    marked: set[int]  # media files that are own media here, and were read aside before


def read_input(session: Session, ids: Sequence[int], chain: Chain) -> PersistInput:
    """Loads the input of a whole batch at once. ids: of publications."""
    open_ = not_ready(session, STEPS[Step.PERSIST], ids)
    rows = items_of(session, ids)
    hashes = hashes_of(joined.from_iterable(rows.values()))
    shown = {m.sha256 for m in own_first(joined.from_iterable(rows.values())) if MediaRole(m.role) not in ASIDE}
    files = _files(session, hashes)
    found = [(sha256, file, (chain.first if sha256 in shown else chain.aside)(mime)) for sha256, file, mime in files]
    readable = {sha256: file for sha256, file, version in found if version is not None}
    readers = {file: version for _, file, version in found if version is not None}
    aside = {file for sha256, file in readable.items() if sha256 not in shown} if chain.sets_aside else set()
    return PersistInput(open_, rows, readable, readers, aside, read_aside(session, list(readers.keys() - aside)))


def _files(session: Session, hashes: Collection[str]) -> Sequence[tuple[str, int, str]]:
    """sha256, id and type of each of these files."""
    if not hashes:
        return []
    query = select(MediaFile.sha256, MediaFile.id, MediaFile.mime).where(MediaFile.sha256.in_(hashes))
    return [(sha256, file, mime) for sha256, file, mime in session.execute(query)]


class Persist:
    """One batch in one transaction: one statement for all publications."""

    def __init__(self, session: Session, given: PersistInput, chain: Chain, *, bulk: bool) -> None:
        self._session = session
        self._bulk = bulk
        self._chain = chain
        self._input = given
        self._tag_wait = get_settings().tags_wait()
        self._events: list[Event] = []

    def all(self, claims: Sequence[Claim]) -> list[Outcome]:
        """Persists each publication that is ready, and makes its next steps due."""
        publications = [self._session.get_one(Publication, held.subject_id) for held in claims]
        ready = [p for p, held in zip(publications, claims, strict=True) if self._is_ready(p, held)]
        # A file came late, and no index need follow. First of all: this may wait for a reading of the file.
        gallery.show(self._session, [p.id for p in ready if p.persisted_revision == p.revision])
        held_by = {held.subject_id: held for held in claims}
        _write_groups(self._session, {p: held_by[p.id] for p in ready if p.grouped_id is not None}, self._input.rows)
        seen = enrichment.read_all(self._session, ready, VisionMetadata)
        files = {p.id: self._files(p) for p in ready}
        merges = {p.id for p in ready if files[p.id] or p.id in seen}
        versions = self._enqueue_next(ready, merges, files)
        unread = {p: {file: versions[file] for file in files[p.id] if file in versions} for p in ready}
        ends = {p.id: self._end(p, unread[p], merge=p.id in merges) for p in ready}
        outbox.add(self._session, *self._events)
        return [ends.get(p.id) or _not_now(p, held) for p, held in zip(publications, claims, strict=True)]

    def _is_ready(self, publication: Publication, held: Claim) -> bool:
        return publication.revision == held.revision and publication.id not in self._input.open

    def _files(self, publication: Publication) -> list[int]:
        """The ids of its distinct files that the chain has a reader for."""
        hashes = hashes_of(self._input.rows[publication.id])
        found = self._input.files
        return sorted(found[sha256] for sha256 in hashes if sha256 in found)

    def _enqueue_next(
        self, ready: Sequence[Publication], merges: Collection[int], files: Mapping[int, Sequence[int]]
    ) -> dict[int, set[int]]:
        """Makes tags, readings and merges due; returns file -> versions that are reading it."""
        settings = get_settings()
        wanted = sorted({file for found in files.values() for file in found})
        marked = self._input.marked & set(wanted)
        _no_longer_aside(self._session, marked)
        new = sorted(unread(self._session, wanted) | marked)
        begun = under_way(self._session, [file for file in new if file in self._input.aside])
        reads = [(file, self._input.readers[file]) for file in new if file not in self._input.aside]
        aside = [(file, self._input.readers[file]) for file in new if file in self._input.aside - begun.keys()]
        turn = Turn.HISTORY if self._bulk else Turn.LIVE
        traces = {p.id: p.trace_id for p in ready if p.trace_id}
        # In reverse, so that the first of the publications that share a file counts.
        of_files = {file: traces[p] for p in reversed(list(files)) if p in traces for file in files[p]}
        work.enqueue(self._session, Step.ANALYZE, reads, hint=settings.republish_after, turn=turn, traces=of_files)
        work.enqueue(
            self._session,
            Step.ANALYZE,
            aside,
            hint=settings.republish_after,
            turn=turn,
            asked=PREVIEW,
            traces=of_files,
        )
        open_ = under_way(self._session, wanted)
        # Children may take longer than any hint; the sweeper checks their states, not the clock.
        # A requeue, since a retried download may come after its merge.
        keys = {p.id: (p.id, p.revision) for p in ready}
        merged = [keys[p] for p in sorted(merges)]
        work.requeue(self._session, Step.MERGE, merged, hint=settings.sweep_interval, traces=traces)
        patient = {p.id for p in ready if self._tag_wait and open_.keys() & set(files[p.id])}
        now, later = ([keys[p] for p in sorted(some)] for some in (keys.keys() - patient, patient))
        hint = settings.republish_after
        work.enqueue(self._session, Step.TAG, now, hint=hint, turn=turn, traces=traces)
        work.enqueue(self._session, Step.TAG, later, hint=hint, turn=turn, delay=self._tag_wait, traces=traces)
        work.enqueue(self._session, Step.INDEX, later, hint=hint, traces=traces)  # found by its words until then
        return open_

    def _end(self, publication: Publication, unread: Mapping[int, set[int]], *, merge: bool) -> Outcome:
        """Ends one publication. unread: media file -> versions that are reading it."""
        publication.persisted_revision = publication.revision
        rows = self._input.rows[publication.id]
        self._events.append(announce.post_parsed(publication, files_of(rows)))
        label, key = label_of(publication, rows), (publication.id, publication.revision)
        trace = publication.trace_id or None  # empty: without one
        tag, body, index = (
            Call(step, (key,), bulk=self._bulk, trace_id=trace) for step in (Step.TAG, Step.MERGE, Step.INDEX)
        )
        if not unread:
            return Outcome((tag, body) if merge else (tag,), media=label)
        self._events.append(announce.vision_uploaded(publication, self._chain.primary))
        first = index if self._tag_wait else tag
        versions = ((file, version) for file, some in unread.items() for version in sorted(some))
        headers = tuple(self._read(file, version, trace) for file, version in versions)
        return Outcome((first, *headers) if self._bulk else (first, FanOut(headers, body)), media=label)

    def _read(self, file: int, version: int, trace: str | None) -> Call:
        remote = self._chain.remote(version)
        return Call(Step.ANALYZE, ((file, version),), bulk=self._bulk, remote=remote, trace_id=trace)


def _not_now(publication: Publication, held: Claim) -> Outcome:
    if publication.revision != held.revision:
        return Outcome.superseded()
    return Outcome((), State.DUE, "its media have not arrived")


def files_of(rows: Sequence[Row]) -> list[tuple[str, MediaRole]]:
    """sha256 and role of the files that have arrived, those of own media first."""
    return [(m.sha256, MediaRole(m.role)) for m in own_first(rows) if m.sha256]


def album_of(publication: Publication, rows: Sequence[Row]) -> dict[str, Any]:
    """Values of an album's row, from its posts."""
    return {
        "album_kind": album_kind(MediaKind(m.kind) for m in own_media(rows)),
        "items_count": len(posts_of(rows)),
        "caption": publication.text,
        "state": "complete",
    }


def _write_groups(session: Session, albums: Mapping[Publication, Claim], rows: Mapping[int, Sequence[Row]]) -> None:
    """Writes album_kind, items_count and positions, as the only writer: always from the rows, never by counting up."""
    if not albums:
        return
    query = select(MediaGroup).where(MediaGroup.publication_id.in_([p.id for p in albums]))
    groups = {group.publication_id: group for group in session.scalars(query)}
    session.execute(delete(MediaGroupItem).where(MediaGroupItem.group_id.in_([g.id for g in groups.values()])))
    for publication, held in albums.items():
        group = groups[publication.id]
        if group.completed_at is None:
            step_metrics.assembled(session, held, [post.created_at for post in posts_of(rows[publication.id])])
        for name, value in album_of(publication, rows[publication.id]).items():
            setattr(group, name, value)
        group.completed_at = datetime.now(UTC)
    places = [
        {"group_id": groups[p.id].id, "position": position, "post_id": post.id}
        for p in albums
        for position, post in enumerate(posts_of(rows[p.id]))
    ]
    session.execute(insert_all(MediaGroupItem, places))


def _no_longer_aside(session: Session, files: Collection[int]) -> None:
    """Forgets that only previews showed these files: a post has them as its own now."""
    rows = select(Work.id).where(Work.step == Step.ANALYZE, Work.subject_id.in_(files), Work.asked == PREVIEW)
    if files:
        reschedule.unmark(session, rows.order_by(Work.id))
