"""Costs of paid calls by their purpose. A call with an unknown outcome counts with its reserved tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.models import MediaFile, Post, PostMedia, Publication, TokenLedger, Work
from app.pipeline.engine.ledger import COUNTED, UNKNOWN
from app.search.within import Within, is_within


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


def media_of(session: Session, publication: Publication) -> tuple[list[int], dict[int, str]]:
    """The media of a publication, those that an edit replaced among them, and their files: id -> sha256.

    One table at a time, by ids: a join of a table without statistics may read another one as a whole.
    """
    posts = session.scalars(select(Post.id).where(Post.publication_id == publication.id)).all()
    own = select(PostMedia.id, PostMedia.sha256).where(PostMedia.post_id.in_(posts))
    # Each half has its index.
    halves = own.where(PostMedia.replaced_at.is_(None)), own.where(PostMedia.replaced_at.is_not(None))
    media = {id_: name for half in halves for id_, name in session.execute(half)}
    names = {name for name in media.values() if name}
    files = session.execute(select(MediaFile.id, MediaFile.sha256).where(MediaFile.sha256.in_(names))).all()
    return list(media), dict(files)


def costs(session: Session, publication: Publication, files: Mapping[int, str], within: Within = None) -> Costs:
    """The costs of the publication's files, as `media_of` returns them, and of its tags.

    within: channels whose publications count as sharing a file.
    """
    vision = _spent(session, Step.ANALYZE, files)
    tags = _add(_spent(session, Step.TAG, [publication.id]).values())
    read = _add(vision.values())
    paid = [files[id_] for id_, spent in vision.items() if spent.read + spent.repair > 0]
    return Costs(
        vision=read.read + read.repair,
        tags=tags.read + tags.repair,
        unknown=read.unknown + tags.unknown,
        shared=_shared(session, publication, paid, within),
    )


def _spent(session: Session, step: Step, subjects: Collection[int]) -> dict[int, Spent]:
    """subject -> cost of its rows of work; subjects without a paid call are left out."""
    work = dict(
        session.execute(select(Work.id, Work.subject_id).where(Work.step == step, Work.subject_id.in_(subjects))).all()
    )
    calls = select(TokenLedger.work_id, *TOKENS).where(TokenLedger.work_id.in_(work)).group_by(TokenLedger.work_id)
    found: dict[int, Spent] = {}
    for row, read, repair, unknown in session.execute(calls):
        if row is not None:
            found[work[row]] = _add([found.get(work[row], Spent()), Spent(int(read), int(repair), unknown)])
    return found


def _add(some: Iterable[Spent]) -> Spent:
    parts = list(some)
    return Spent(*(sum(getattr(one, name) for one in parts) for name in ("read", "repair", "unknown")))


def _shared(session: Session, publication: Publication, paid: Collection[str], within: Within) -> dict[str, int]:
    """sha256 of a paid file -> number of other publications with it."""
    query = (
        select(PostMedia.sha256, func.count(Post.publication_id.distinct()))
        .join(Post, Post.id == PostMedia.post_id)
        .where(PostMedia.sha256.in_(paid), Post.publication_id != publication.id)
        .where(is_within(Post.channel_id, within))
        .group_by(PostMedia.sha256)
        .order_by(PostMedia.sha256)
    )
    return {name: count for name, count in session.execute(query) if name is not None}
