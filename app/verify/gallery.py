"""Checks the gallery: each medium that the archive shows has its row, and no other has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import select

from app.db import snapshot
from app.domain.kinds import Step
from app.models import LookAlike, MediaFile, PostMedia, Publication, Shown, ShownFill
from app.pipeline.posts import gallery
from app.verify.check import Fault
from app.verify.publications import Batch, OfPublications

Row = tuple[datetime, int, str, int, int]  # posted_at, channel, kind, file, cluster


class Gallery(OfPublications):
    """Checks that the rows of each publication equal its media, their dates and stars, by a formula of its own."""

    name = "gallery"
    remedy = "media-audit verify --repair"

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        wanted, found = _wanted(batch), _found(batch)
        at = batch.session.get(ShownFill, 1)
        for id_ in batch.settled:
            stage = batch.stage(id_, Step.INDEX)
            if at is not None and id_ > at.cursor:
                continue
            if wrong := _difference(wanted.get(id_, {}), found.get(id_, {})):
                if stage is not None and stage.done:
                    yield batch.fault(id_, wrong)
                else:
                    self.excuse("rows of the gallery", stage)

    def repair(self, batch: Batch, publication: Publication) -> None:
        gallery.show(batch.session, [publication.id])

    def notes(self) -> list[str]:
        with snapshot() as session:
            at = session.get(ShownFill, 1)
        still = [] if at is None else [f"media of publications above {at.cursor} are still to be shown"]
        return super().notes() + still


def _wanted(batch: Batch) -> dict[int, dict[int, Row]]:
    """publication -> medium -> its row, from the rows of other tables."""
    media = [(post, medium) for id_ in batch.settled for post, medium in batch.rows.get(id_, []) if medium is not None]
    hashes = {medium.sha256 for _, medium in media}
    ids = dict(batch.session.execute(select(MediaFile.sha256, MediaFile.id).where(MediaFile.sha256.in_(hashes))).all())
    edges = select(LookAlike.file_id, LookAlike.centre_id).where(LookAlike.file_id.in_(ids.values()))
    centres = dict(batch.session.execute(edges).all())
    rows: dict[int, dict[int, Row]] = {}
    for post, medium in media:
        if medium.sha256 and post.posted_at and post.publication_id:
            file = ids[medium.sha256]
            row = (post.posted_at, post.channel_id, medium.kind, file, centres.get(file, file))
            rows.setdefault(post.publication_id, {})[medium.id] = row
    return rows


def _found(batch: Batch) -> dict[int, dict[int, Row]]:
    """publication -> medium -> the row that it has; also of media that were replaced."""
    posts = {post.id: id_ for id_ in batch.settled for post, _ in batch.rows.get(id_, [])}
    query = select(PostMedia.post_id, Shown).join(Shown, Shown.media_id == PostMedia.id)
    rows: dict[int, dict[int, Row]] = {}
    for post, one in batch.session.execute(query.where(PostMedia.post_id.in_(posts))):
        row = (one.posted_at, one.channel_id, one.kind, one.file_id, one.cluster_id)
        rows.setdefault(posts[post], {})[one.media_id] = row
    return rows


def _difference(wanted: Mapping[int, Row], found: Mapping[int, Row]) -> str | None:
    if missing := wanted.keys() - found.keys():
        return f"the gallery lacks {len(missing)} of its media"
    if more := found.keys() - wanted.keys():
        return f"the gallery shows {len(more)} media that it no longer has"
    for medium, row in wanted.items():
        for name, one, other in zip(("date", "channel", "kind", "file", "cluster"), row, found[medium], strict=True):
            if one != other:
                return f"the gallery has another {name} of its medium {medium}"
    return None
