"""Compares publications and albums with their posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.albums import fingerprint
from app.domain.kinds import Step
from app.models import Channel, MediaGroup, MediaGroupItem, Publication
from app.pipeline.engine import work
from app.pipeline.posts.channels import ids_read
from app.pipeline.posts.revisions import Row, contents, revise
from app.pipeline.posts.schedule import schedule
from app.verify import expected
from app.verify.check import Fault, short
from app.verify.publications import Batch, OfPublications

NO_POSTS = "its posts were deleted from the database; `media-audit verify --telegram --repair` brings what Telegram has"


class Contents(OfPublications):
    """Checks fingerprint, text, lead and times of each publication against its posts."""

    name = "publications"

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        for id_, publication in batch.publications.items():
            rows = batch.rows.get(id_, [])
            if not rows:
                yield batch.fault(id_, "it has no posts", NO_POSTS)
            elif wrong := _differences(publication, rows):
                yield batch.fault(id_, f"{', '.join(wrong)} differ from what its posts say")

    def repair(self, batch: Batch, publication: Publication) -> None:
        renew(batch.session, publication)


class Albums(OfPublications):
    """Checks kind, count, caption, state, items and positions of each album against its posts."""

    name = "albums"

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        albums = {id_: p for id_, p in batch.settled.items() if p.grouped_id is not None and id_ in batch.rows}
        groups, places = _groups(batch.session, albums)
        for id_ in albums:
            group, rows = groups.get(id_), batch.rows[id_]
            if group is None:
                yield batch.fault(id_, "its album is missing")
                continue
            wrong = [
                f"{name} is {short(str(getattr(group, name)))}, not {short(str(value))}"
                for name, value in expected.album(rows).items()
                if getattr(group, name) != value
            ]
            if places[group.id] != expected.places(rows):
                wrong.append("its items or their positions are not those of its posts")
            if wrong:
                yield batch.fault(id_, "; ".join(wrong))

    def repair(self, batch: Batch, publication: Publication) -> None:
        groups, _ = _groups(batch.session, [publication.id])
        if publication.id in groups:
            work.requeue(batch.session, Step.PERSIST, [(publication.id, publication.revision)], hint=0.0)
        else:
            renew(batch.session, publication)


def renew(session: Session, publication: Publication) -> None:
    """Makes a new revision from the present rows, and schedules the steps that follow from one."""
    publication.fingerprint = "to be computed"
    session.flush()
    channel = session.get_one(Channel, publication.channel_id)
    schedule(session, revise(session, [publication.id]), ids_read(channel), bulk=True)


def _differences(publication: Publication, rows: Sequence[Row]) -> list[str]:
    wanted: dict[str, object] = {"fingerprint": fingerprint(contents(rows)), **expected.publication(rows)}
    return [name for name, value in wanted.items() if getattr(publication, name) != value]


def _groups(
    session: Session, publications: Iterable[int]
) -> tuple[Mapping[int, MediaGroup], Mapping[int, dict[int, int]]]:
    """(publication -> its album, album -> position -> post)"""
    query = select(MediaGroup).where(MediaGroup.publication_id.in_(list(publications)))
    groups = {group.publication_id: group for group in session.scalars(query)}
    places: dict[int, dict[int, int]] = {group.id: {} for group in groups.values()}
    for item in session.scalars(select(MediaGroupItem).where(MediaGroupItem.group_id.in_(places))):
        places[item.group_id][item.position] = item.post_id
    return groups, places
