"""make_thumbnails: makes the thumbnails of each picture and video once, behind its reading."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.domain.thumbnails import is_pictured
from app.errors import MediaAuditError, Permanent, Transient
from app.metrics import Media
from app.models import MediaFile
from app.pipeline.engine import erased_work, step_metrics
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.work import Claim
from app.ports import MediaInput, MediaStore, Thumbnails

BEFORE = "made before"
UNPICTURED = "its type has no picture"


class MakeThumbnails(ExternalStep[MediaInput, bool]):
    """Takes one file for each lease, so that a file that kills its worker process fails alone."""

    step = Step.THUMBNAIL

    def __init__(self, thumbnails: Thumbnails, store: MediaStore) -> None:
        self._thumbnails, self._store = thumbnails, store

    def load(self, session: Session, held: Claim) -> MediaInput | EarlyOutcome:
        file = session.get_one(MediaFile, held.subject_id)
        if not is_pictured(file.mime):
            return EarlyOutcome(state=State.SKIPPED, reason=UNPICTURED)
        try:
            return MediaInput(self._store.path(file.sha256), file.sha256, file.mime)
        except FileNotFoundError:
            raise Transient("the store has lost the file: `media-audit verify --repair` fetches it again") from None

    def media(self, given: MediaInput) -> Media:
        return step_metrics.mime_label(given.mime)

    def perform(self, inputs: Sequence[MediaInput]) -> list[bool | MediaAuditError]:
        return [self._made(media) for media in inputs]

    def _made(self, media: MediaInput) -> bool:
        """Whether there was anything to make."""
        if self._thumbnails.whole(media.sha256):
            return False
        self._thumbnails.make(media)
        return True

    def finish(self, session: Session, held: Claim, given: MediaInput, result: bool) -> Outcome:
        return Outcome(reason=None if result else BEFORE)

    def dropped(self, session: Session, held: Claim, given: MediaInput, result: bool | MediaAuditError) -> None:
        """Removes the thumbnails of a file that was forgotten meanwhile."""
        if erased_work.is_erased(session, held.id):
            self._thumbnails.remove(given.sha256)

    def failed(self, session: Session, held: Claim, given: MediaInput, error: MediaAuditError) -> Outcome | None:
        """Skips undecodable files: a fact about the file, no undone work."""
        return Outcome(state=State.SKIPPED, reason=error.reason) if isinstance(error, Permanent) else None


def make_thumbnails(thumbnails: Thumbnails, store: MediaStore, keys: Sequence[Key]) -> list[Next]:
    """Makes the thumbnails of the due files among the keys."""
    return run_external(MakeThumbnails(thumbnails, store), keys)
