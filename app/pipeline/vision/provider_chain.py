"""The chain of vision providers: which one reads a file, its fallback, and whether it waits for a network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.flow import Key
from app.domain.kinds import PREVIEW, REPROCESS, State, Step, Turn
from app.domain.steps import LOCAL, is_remote
from app.domain.versions import behind
from app.errors import UserError
from app.models import MediaVision, VisionVersion, Work
from app.models.work import in_state
from app.pipeline.vision import recipes
from app.ports import VisionProvider

log = structlog.get_logger()


class Chain:
    """The configured providers by the ids of their recipes, the primary first; empty while vision is off."""

    def __init__(
        self, session: Session, providers: Sequence[VisionProvider], previews: VisionProvider | None = None
    ) -> None:
        """Registers new recipes and makes these providers the active chain.

        previews: the reader of previews and stories, in the chain or not; None: the chain reads them.
        """
        versions = recipes.activate(session, [provider.recipe for provider in providers]) if providers else []
        self._members = dict(zip(versions, providers, strict=True))
        self._previews = previews if providers else None
        self._aside = self._version_of_previews(session)

    def _version_of_previews(self, session: Session) -> int | None:
        if self._previews is None:
            return None
        known = [version for version, one in self._members.items() if one is self._previews]
        try:
            return known[0] if known else recipes.register(session, self._previews.recipe)
        except UserError as error:  # without data for OCR: no reason to keep posts from their paid readings
            log.warning("previews are not read", why=str(error))
            return None

    def aside(self, mime: str) -> int | None:
        """The version that reads a file of this type where no post has it as its own; None: no such reader."""
        if self._previews is None:
            return self.first(mime)
        return self._aside if self._aside is not None and self._previews.reads(mime) else None

    @property
    def sets_aside(self) -> bool:
        """Whether previews have a reader of their own."""
        return self._previews is not None

    @property
    def versions(self) -> tuple[int, ...]:
        """The members' versions, the primary first."""
        return tuple(self._members)

    @property
    def primary(self) -> int:
        """The first member's version; 0 for an empty chain."""
        return next(iter(self._members), 0)

    def provider(self, version: int) -> VisionProvider | None:
        """The member with this version."""
        if version == self._aside:
            return self._previews
        return self._members.get(version)

    def first(self, mime: str) -> int | None:
        """The version of the first member with a reader for this type."""
        return next((version for version, one in self._members.items() if one.reads(mime)), None)

    def after(self, version: int, mime: str) -> int | None:
        """The next member with a reader for the type; None after the last one, and for versions outside the chain."""
        versions = list(self._members)
        later = versions[versions.index(version) + 1 :] if version in versions else []
        return next((one for one in later if self._members[one].reads(mime)), None)

    def above(self, version: int) -> list[int]:
        """The members that rank higher; none for versions outside the chain."""
        versions = list(self._members)
        return versions[: versions.index(version)] if version in versions else []

    def remote(self, version: int) -> bool:
        """Whether this member waits for a network instead of computing here."""
        member = self._members.get(version)
        return member is not None and is_remote(member.recipe.provider)


def remote_versions(session: Session) -> set[int]:
    """The recipes, current and former, whose providers wait for a network."""
    return set(session.scalars(select(VisionVersion.id).where(VisionVersion.provider != LOCAL)))


def unread(session: Session, files: Sequence[int]) -> set[int]:
    """Returns the files without any reading: a new recipe makes no work due for files that another one has read."""
    if not files:
        return set()
    read = select(MediaVision.media_file_id).where(MediaVision.media_file_id.in_(files))
    return set(files) - set(session.scalars(read.where(MediaVision.reading.is_not(None))))


def read_aside(session: Session, files: Sequence[int]) -> set[int]:
    """Those of the files whose reading was asked of the reader of previews alone."""
    if not files:
        return set()
    query = select(Work.subject_id).where(Work.step == Step.ANALYZE, Work.subject_id.in_(files), Work.asked == PREVIEW)
    return set(session.scalars(query))


def read_by(session: Session, file: int, versions: Collection[int]) -> bool:
    """Whether one of these versions has read the file."""
    read = select(MediaVision.id).where(
        MediaVision.media_file_id == file,
        MediaVision.vision_version_id.in_(versions),
        MediaVision.reading.is_not(None),
    )
    return session.scalars(read.limit(1)).first() is not None


def about_to_read(session: Session, file: int, versions: Collection[int]) -> bool:
    """Whether one of these versions reads the file now, or may begin to."""
    now = and_(in_state(State.DUE), Work.next_attempt_at <= func.clock_timestamp())
    rows = select(Work.id).where(
        Work.step == Step.ANALYZE,
        Work.subject_id == file,
        Work.revision.in_(versions),
        or_(in_state(State.LEASED), now),
    )
    return session.scalars(rows.limit(1)).first() is not None


@dataclass(frozen=True)
class FallbackReading:
    """The reading that replaces one that was given up."""

    key: Key
    turn: Turn
    asked: str | None


def fallback_readings(session: Session, dead: Collection[Key]) -> list[FallbackReading]:
    """Replaces dead readings: the next member of the active chain reads each file, with the same turn and `asked`.

    A member without a reader for the type skips the file and hands it on: the rows do not hold the types that
    providers read. A re-reading of a known file gets no fallback: a lower-ranked provider would be paid for known
    results.
    """
    rows = select(Work).where(Work.step == Step.ANALYZE, tuple_(Work.subject_id, Work.revision).in_(dead))
    found = session.scalars(rows.order_by(Work.id)).all()
    members, new = recipes.chain(session), unread(session, [row.subject_id for row in found])
    urgent = [row for row in found if row.asked != PREVIEW and (row.asked != REPROCESS or row.subject_id in new)]
    nexts = [(row, behind(row.revision, members)) for row in urgent]
    return [
        FallbackReading((row.subject_id, next_), Turn(row.turn), row.asked) for row, next_ in nexts if next_ is not None
    ]


def under_way(session: Session, files: Sequence[int]) -> dict[int, set[int]]:
    """file -> the versions under which its reading is due or under way."""
    if not files:
        return {}
    query = select(Work.subject_id, Work.revision).where(
        Work.step == Step.ANALYZE, Work.subject_id.in_(files), in_state(State.DUE, State.LEASED)
    )
    found: dict[int, set[int]] = {}
    for file, version in session.execute(query):
        found.setdefault(file, set()).add(version)
    return found
