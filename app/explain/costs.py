"""Costs of paid calls by their purpose. A call with an unknown outcome counts with its reserved tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.models import MediaFile, Post, PostMedia, Publication, TokenLedger, Work
from app.pipeline.engine.ledger import COUNTED, UNKNOWN


@dataclass(frozen=True)
class Spent:
    """Tokens of the first calls and of repairs. unknown: calls among them with an unknown outcome."""

    read: int = 0
    repair: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Costs:
    """The cost of a publication in all its revisions, in tokens.

    shared: sha256 of a paid file -> number of other publications with it, which report the same tokens.
    """

    vision: int = 0
    tags: int = 0
    unknown: int = 0  # calls
    shared: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Tokens of vision and tags together."""
        return self.vision + self.tags


REPAIR = TokenLedger.repair
TOKENS = (
    func.coalesce(func.sum(COUNTED).filter(~REPAIR), 0),
    func.coalesce(func.sum(COUNTED).filter(REPAIR), 0),
    func.count().filter(TokenLedger.outcome.in_([UNKNOWN, "waived"])),
)


def on_files(session: Session, files: Collection[int]) -> dict[tuple[int, int], Spent]:
    """(file, version) -> cost of reading the file with that recipe; only readings that cost tokens or may have."""
    query = (
        select(Work.subject_id, Work.revision, *TOKENS)
        .join(TokenLedger, TokenLedger.work_id == Work.id)
        .where(Work.step == Step.ANALYZE, Work.subject_id.in_(files), TokenLedger.key == cast(Work.revision, Text))
        .group_by(Work.subject_id, Work.revision)
    )
    return {(file, version): Spent(int(a), int(b), lost) for file, version, a, b, lost in session.execute(query)}


def costs(session: Session, publication: Publication) -> Costs:
    """The costs of the publication's files, including those that an edit replaced, and of its tags."""
    own = select(Post.id).where(Post.publication_id == publication.id)
    names = select(PostMedia.sha256).where(PostMedia.post_id.in_(own))
    files = select(MediaFile.id).where(MediaFile.sha256.in_(names))
    vision = _sum(session, (Work.step == Step.ANALYZE) & Work.subject_id.in_(files))
    tags = _sum(session, (Work.step == Step.TAG) & (Work.subject_id == publication.id))
    return Costs(
        vision=vision.read + vision.repair,
        tags=tags.read + tags.repair,
        unknown=vision.unknown + tags.unknown,
        shared=_shared(session, publication),
    )


def _sum(session: Session, which: ColumnElement[bool]) -> Spent:
    query = select(*TOKENS).select_from(TokenLedger).join(Work, Work.id == TokenLedger.work_id).where(which)
    read, repair, unknown = session.execute(query).one()
    return Spent(int(read), int(repair), unknown)


def _shared(session: Session, publication: Publication) -> dict[str, int]:
    own = select(PostMedia.sha256).join(Post, Post.id == PostMedia.post_id)
    paid = (
        select(MediaFile.sha256)
        .join(Work, (Work.step == Step.ANALYZE) & (Work.subject_id == MediaFile.id))
        .join(TokenLedger, TokenLedger.work_id == Work.id)
        .group_by(MediaFile.sha256)
        .having(func.sum(COUNTED) > 0)
    )
    others = func.count(Post.publication_id.distinct())
    query = (
        select(PostMedia.sha256, others)
        .join(Post, Post.id == PostMedia.post_id)
        .where(PostMedia.sha256.in_(own.where(Post.publication_id == publication.id)), PostMedia.sha256.in_(paid))
        .where(Post.publication_id != publication.id)
        .group_by(PostMedia.sha256)
        .order_by(PostMedia.sha256)
    )
    return {name: count for name, count in session.execute(query) if name is not None}
