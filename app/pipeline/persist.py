"""persist_publication: recomputes group, items, positions, kind and count from the child rows; what is read next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.domain.albums import album_kind
from app.domain.flow import Call, Fan, Key, Next
from app.domain.kinds import FINAL, MediaKind, State, Step
from app.domain.reading import Recipe
from app.events import announce
from app.models import MediaFile, MediaGroup, MediaGroupItem, Publication, Work
from app.pipeline import recipes, work
from app.pipeline.fanin import is_ready
from app.pipeline.revisions import Row, items_of, lock_publications
from app.pipeline.runner import Finish, run_database
from app.pipeline.work import Claim
from app.settings import get_settings


@dataclass(frozen=True)
class Reads:
    """What the configured vision provider would read with, and which types; None in place of it: vision is off."""

    recipe: Recipe
    accepts: Callable[[str], bool]


def persist_publications(reads: Reads | None, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Persists publications whose media have arrived; the others stay due for the sweeper."""

    def body(session: Session, held: Claim) -> Finish:
        return _persist(session, held, reads, bulk=bulk)

    def lock(session: Session, ids: Sequence[int]) -> None:
        lock_publications(session, ids)

    return run_database(Step.PERSIST, lock, body, keys)


def _persist(session: Session, held: Claim, reads: Reads | None, *, bulk: bool) -> Finish:
    publication = session.get_one(Publication, held.subject_id)
    if publication.revision != held.revision:
        return Finish((), State.SKIPPED, "superseded")
    if not is_ready(session, Step.PERSIST, publication.id):
        return Finish((), State.DUE, "its media have not arrived")
    rows = items_of(session, [publication.id])[publication.id]
    if publication.grouped_id is not None:
        _write_group(session, publication, rows)
    publication.persisted_revision = held.revision
    announce.post_parsed(session, publication, [m.sha256 for _, m in rows if m and m.sha256])
    return Finish(tuple(_next(session, publication, rows, reads, bulk=bulk)))


def _write_group(session: Session, publication: Publication, rows: Sequence[Row]) -> None:
    """The one writer of album_kind, items_count and positions: always from the rows, never by adding up."""
    group = session.scalars(select(MediaGroup).where(MediaGroup.publication_id == publication.id)).one()
    session.execute(delete(MediaGroupItem).where(MediaGroupItem.group_id == group.id))
    items = [{"group_id": group.id, "position": n, "post_id": post.id} for n, (post, _) in enumerate(rows)]
    session.execute(insert(MediaGroupItem), items)
    group.album_kind = album_kind(MediaKind(m.kind) for _, m in rows if m is not None)
    group.items_count = len(items)
    group.caption = publication.text
    group.state = "complete"
    group.completed_at = datetime.now(UTC)


def _next(
    session: Session, publication: Publication, rows: Sequence[Row], reads: Reads | None, *, bulk: bool
) -> list[Next]:
    key = (publication.id, publication.revision)
    settings = get_settings()
    work.arm(session, Step.TAG, [key], hint=settings.republish_after)
    tag = Call(Step.TAG, (key,), bulk=bulk)
    files = _readable(session, rows, reads)
    if not files or reads is None:
        return [tag]
    version = recipes.activate(session, [reads.recipe])[0]
    work.arm(session, Step.ANALYZE, [(f, version) for f in files], hint=settings.republish_after)
    work.arm(session, Step.MERGE, [key], hint=5.0)
    waiting = _not_read(session, files, version)
    merge = Call(Step.MERGE, (key,), bulk=bulk)
    if not waiting:
        return [tag, merge]
    announce.vision_uploaded(session, publication, version)
    headers = tuple(Call(Step.ANALYZE, ((f, version),), bulk=bulk) for f in waiting)
    return [tag, *headers] if bulk else [tag, Fan(headers, merge)]


def _readable(session: Session, rows: Sequence[Row], reads: Reads | None) -> list[int]:
    """The ids of the publication's distinct files that the provider has a reader for."""
    hashes = {m.sha256 for _, m in rows if m is not None and m.sha256 is not None}
    if not hashes or reads is None:
        return []
    files = session.execute(select(MediaFile.id, MediaFile.mime).where(MediaFile.sha256.in_(hashes)))
    return sorted(file for file, mime in files if reads.accepts(mime))


def _not_read(session: Session, files: Sequence[int], version: int) -> list[int]:
    query = select(Work.subject_id).where(
        Work.step == Step.ANALYZE,
        Work.subject_id.in_(files),
        Work.revision == version,
        Work.state.not_in(FINAL),
    )
    return sorted(session.scalars(query))
