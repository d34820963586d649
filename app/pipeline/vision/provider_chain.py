"""The chain of vision providers: who reads a file, who reads it when he cannot, and who runs where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.flow import Key
from app.domain.kinds import REPROCESS, State, Step, Turn
from app.domain.steps import LOCAL, is_remote
from app.domain.versions import behind
from app.models import MediaVision, VisionVersion, Work
from app.pipeline.vision import recipes
from app.ports import VisionProvider


class Chain:
    """The configured providers with the ids of their recipes, the primary first; empty while vision is off."""

    def __init__(self, session: Session, providers: Sequence[VisionProvider]) -> None:
        """Registers recipes that are new and makes these the active chain."""
        versions = recipes.activate(session, [provider.recipe for provider in providers]) if providers else []
        self._members = dict(zip(versions, providers, strict=True))

    @property
    def primary(self) -> int:
        """The first member's version, 0 when there is none."""
        return next(iter(self._members), 0)

    def provider(self, version: int) -> VisionProvider | None:
        """The member with this version."""
        return self._members.get(version)

    def first(self, mime: str) -> int | None:
        """The version that reads files of this type: that of the first member with a reader for it."""
        return next((version for version, one in self._members.items() if one.reads(mime)), None)

    def after(self, version: int, mime: str) -> int | None:
        """The next member with a reader for the type; None behind the last one, and for strangers."""
        versions = list(self._members)
        later = versions[versions.index(version) + 1 :] if version in versions else []
        return next((one for one in later if self._members[one].reads(mime)), None)

    def above(self, version: int) -> list[int]:
        """The members that rank higher; none for strangers."""
        versions = list(self._members)
        return versions[: versions.index(version)] if version in versions else []

    def remote(self, version: int) -> bool:
        """Whether this member waits for a network, where others compute."""
        member = self._members.get(version)
        return member is not None and is_remote(member.recipe.provider)


def remote_versions(session: Session) -> set[int]:
    """The recipes, of today and before, whose providers wait for a network."""
    return set(session.scalars(select(VisionVersion.id).where(VisionVersion.provider != LOCAL)))


def unread(session: Session, files: Sequence[int]) -> set[int]:
    """Those of the files that nobody has read yet: a new recipe makes nothing due where another one has read."""
    read = select(MediaVision.media_file_id).where(MediaVision.media_file_id.in_(files))
    return set(files) - set(session.scalars(read.where(MediaVision.reading.is_not(None))))


def read_by(session: Session, file: int, versions: Collection[int]) -> bool:
    """Whether one of these has read the file."""
    read = select(MediaVision.id).where(
        MediaVision.media_file_id == file,
        MediaVision.vision_version_id.in_(versions),
        MediaVision.reading.is_not(None),
    )
    return session.scalars(read.limit(1)).first() is not None


def about_to_read(session: Session, file: int, versions: Collection[int]) -> bool:
    """Whether one of these reads the file now, or may begin to."""
    now = and_(Work.state == State.DUE, Work.next_attempt_at <= func.clock_timestamp())
    rows = select(Work.id).where(
        Work.step == Step.ANALYZE,
        Work.subject_id == file,
        Work.revision.in_(versions),
        or_(Work.state == State.LEASED, now),
    )
    return session.scalars(rows.limit(1)).first() is not None


@dataclass(frozen=True)
class FallbackReading:
    """The reading that is to take the place of one that was given up."""

    key: Key
    turn: Turn
    asked: str | None


def fallback_readings(session: Session, dead: Collection[Key]) -> list[FallbackReading]:
    """Who reads the files whose readings are dead: the next members of the active chain, for whoever wanted them.

    One without a reader for the type says so and hands the file on: which types providers read is not in the rows. A
    re-reading has time: whoever ranks lower would be paid for what is known already.
    """
    rows = select(Work).where(Work.step == Step.ANALYZE, tuple_(Work.subject_id, Work.revision).in_(dead))
    found = session.scalars(rows.order_by(Work.id)).all()
    members, new = recipes.chain(session), unread(session, [row.subject_id for row in found])
    nexts = [(row, behind(row.revision, members)) for row in found if row.asked != REPROCESS or row.subject_id in new]
    return [
        FallbackReading((row.subject_id, next_), Turn(row.turn), row.asked) for row, next_ in nexts if next_ is not None
    ]


def under_way(session: Session, files: Sequence[int]) -> dict[int, set[int]]:
    """file -> the versions under which its reading is due or under way."""
    query = select(Work.subject_id, Work.revision).where(
        Work.step == Step.ANALYZE, Work.subject_id.in_(files), Work.state.in_([State.DUE, State.LEASED])
    )
    found: dict[int, set[int]] = {}
    for file, version in session.execute(query):
        found.setdefault(file, set()).add(version)
    return found
