"""forget: erases forgotten things in portions: their rows, then their bytes, then the counts of their words.

The tombstone and this step's row were committed before (app/forget/begin.py). A killed worker goes on where the last
committed portion ended. Bytes go after their rows, so no row names a file that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func
from sqlalchemy.orm import Session

from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.errors import MediaAuditError
from app.models import Forgetting, Tombstone
from app.pipeline.engine.external_runner import run_rows
from app.pipeline.engine.external_step import ExternalStep, each
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.posts.erasing import files
from app.pipeline.posts.erasing.portions import FILES, Portion, erase_portion
from app.pipeline.posts.search_trends import TRENDS
from app.pipeline.posts.search_words import WORDS
from app.ports import ExportFiles, MediaArchive, Thumbnails
from app.settings import get_settings

ERASED = "erased before"
LATE = "a worker may still write a file of it"


@dataclass(frozen=True)
class Erasing:
    """A portion whose rows are gone. files: sha256 of the bytes to go. between: the time whose late files to find."""

    portion: Portion
    files: tuple[str, ...]
    between: tuple[float, float] | None = None

    @property
    def waits(self) -> bool:
        """Whether a worker may still write bytes of it, for which a last look comes later."""
        return self.portion.late_until is not None and self.between is None


class Forget(ExternalStep[Erasing, Sequence[str]]):
    """Erases a portion in each lease."""

    step = Step.FORGET

    def __init__(self, archive: MediaArchive, thumbnails: Thumbnails, exports: ExportFiles) -> None:
        self._archive, self._thumbnails, self._exports = archive, thumbnails, exports

    def load(self, session: Session, held: Claim) -> Erasing | EarlyOutcome:
        portion = erase_portion(session, held.subject_id)
        between = _between(portion)
        last_look = portion.late_until is None or between is not None
        found = files.next_bytes(session, held.subject_id, FILES, last_look=last_look)
        if portion.ended and not found:
            return EarlyOutcome(reason=ERASED)
        return Erasing(portion, found, between)

    def perform(self, inputs: Sequence[Erasing]) -> list[Sequence[str] | MediaAuditError]:
        return each(self._bytes, inputs)

    def _bytes(self, given: Erasing) -> Sequence[str]:
        """Deletes the files; returns the names of those that came late and may have no row."""
        for sha256 in given.files:
            self._archive.erase(sha256)
            self._thumbnails.remove(sha256)
        for directory in given.portion.exports:
            self._exports.remove(directory)
        return self._archive.stored_between(*given.between) if given.between else ()

    def finish(self, session: Session, held: Claim, given: Erasing, result: Sequence[str]) -> Outcome:
        files.bytes_went(session, given.files, last_look=not given.waits)
        late = [name for name in result if files.note_bytes(session, name, held.subject_id)]
        portion = given.portion
        if portion.more or len(given.files) == FILES or late:
            return Outcome(portion.nexts, State.DUE, "more to erase", again=True)
        if given.waits and portion.late_until is not None:
            return Outcome(portion.nexts, State.DUE, LATE, _seconds_until(portion.late_until))
        return self._end(session, held, given)

    def _end(self, session: Session, held: Claim, given: Erasing) -> Outcome:
        """The rest: changes of words and trends are added up, so that none of them names a forgotten word."""
        for counts in (WORDS, TRENDS):
            while counts.fold_within(session):
                pass
        session.execute(delete(Forgetting).where(Forgetting.id == held.subject_id))
        session.get_one(Tombstone, held.subject_id).erased_at = func.clock_timestamp()
        return Outcome(given.portion.nexts)


def _between(portion: Portion) -> tuple[float, float] | None:
    """The time in which a late file was stored; None while there is none, or one may still come."""
    until = portion.late_until
    if portion.more or until is None or portion.began_at is None or _ended(until) > datetime.now(UTC):
        return None
    return portion.began_at.timestamp() - get_settings().longest_lease(), until.timestamp()


def _ended(until: datetime) -> datetime:
    """When each download has ended that had stored its file by then."""
    return until + timedelta(seconds=get_settings().longest_lease())


def _seconds_until(moment: datetime) -> float:
    return (_ended(moment) - datetime.now(UTC)).total_seconds()


def erase(archive: MediaArchive, thumbnails: Thumbnails, exports: ExportFiles, keys: Sequence[Key]) -> list[Next]:
    """Erases the forgotten things among the keys to the end, or until one has to wait."""
    step, nexts, waiting = Forget(archive, thumbnails, exports), list[Next](), list(keys)
    while waiting:
        ran = run_rows(step, waiting)
        nexts += ran.nexts
        waiting = ran.again
    return nexts
