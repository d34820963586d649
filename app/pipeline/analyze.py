"""analyze_media: one reading for each (media file, recipe)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.domain.reading import Analysis, Inspection
from app.errors import MediaAuditError, Permanent
from app.models import MediaFile, MediaVision, Work
from app.pipeline import recipes, work
from app.pipeline.fanin import late_merges, ready_merges
from app.pipeline.runner import Finish, Outside, Ready, run_database, run_outside
from app.pipeline.work import Claim
from app.ports import MediaInput, MediaStore, VisionProvider
from app.settings import get_settings

SWITCHED_OFF = "vision is switched off"


class Analyze(Outside[MediaInput, Analysis]):
    """One file a lease: a file that kills its process takes no other with it."""

    step = Step.ANALYZE

    def __init__(self, provider: VisionProvider, store: MediaStore) -> None:
        self._provider = provider
        self._store = store

    def load(self, session: Session, held: Claim) -> MediaInput | Ready:
        current = recipes.register(session, self._provider.recipe)
        if current != held.revision:
            # The file still wants a reading: the recipe of today gives it.
            key = (held.subject_id, current)
            work.arm(session, Step.ANALYZE, [key], hint=get_settings().republish_after)
            return Ready((Call(Step.ANALYZE, (key,), bulk=True),), State.SKIPPED, "another recipe is configured now")
        read = select(MediaVision.id).where(
            MediaVision.media_file_id == held.subject_id, MediaVision.vision_version_id == held.revision
        )
        if session.execute(read).first() is not None:
            return Ready(reason="read before")
        file = session.get_one(MediaFile, held.subject_id)
        return MediaInput(self._store.path(file.sha256), file.sha256, file.mime)

    def perform(self, inputs: Sequence[MediaInput]) -> list[Analysis | MediaAuditError]:
        return [self._provider.read(media) for media in inputs]

    def finish(self, session: Session, held: Claim, given: MediaInput, result: Analysis) -> Finish:
        damaged = result.inspection.damaged
        status = "partial" if damaged else "ok"
        row = {
            "status": status,
            "reading": result.reading.model_dump(mode="json"),
            "raw": result.raw,
            "tokens": result.tokens,
            "error": damaged,
        }
        _store(session, held, row)
        _describe(session, held, result.inspection, result.reading.phash)
        return Finish(tuple(late_merges(session, held.subject_id)), reason=damaged)

    def failed(self, session: Session, held: Claim, given: MediaInput, error: MediaAuditError) -> Finish | None:
        """A file that nobody can decode is a fact about the file, not work left undone."""
        if not isinstance(error, Permanent):
            return None
        _store(session, held, {"status": "error", "error": error.reason})
        _describe(session, held, Inspection(damaged=error.reason), None)
        return Finish((), State.SKIPPED, error.reason)


def analyze_media(provider: VisionProvider | None, store: MediaStore, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Reads what is due of the keys. What became ready to merge outside of its own chord comes next.

    provider None: vision was switched off after the work had been made due. Publications go on without a reading,
    and the file waits for vision to come back.
    """
    if provider is None:
        nexts = run_database(Step.ANALYZE, lambda *_: None, _wait, keys)
    else:
        nexts = run_outside(Analyze(provider, store), keys)
    return [*nexts, *ready_merges([subject for subject, _ in keys], shared=not bulk)]


def _wait(session: Session, claims: Sequence[Claim]) -> list[Finish]:
    return [Finish((), State.WAITING, SWITCHED_OFF) for _ in claims]


def wake(session: Session) -> None:
    """Vision is on (again): what waited for it is due."""
    waiting = (Work.step == Step.ANALYZE) & (Work.state == State.WAITING) & (Work.reason == SWITCHED_OFF)
    now = func.clock_timestamp()
    session.execute(update(Work).where(waiting).values(state=State.DUE, reason=None, next_attempt_at=now, hint_at=now))


def _store(session: Session, held: Claim, values: dict[str, object]) -> None:
    row = {"media_file_id": held.subject_id, "vision_version_id": held.revision, **values}
    session.execute(insert(MediaVision).values(row).on_conflict_do_nothing())


def _describe(session: Session, held: Claim, inspection: Inspection, phash: str | None) -> None:
    values = {**inspection.model_dump(), "phash": phash}
    session.execute(update(MediaFile).where(MediaFile.id == held.subject_id).values(values))
