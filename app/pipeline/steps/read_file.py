"""The analyze step: reads one media file with one recipe. For a paid provider, paid_reading pays for its calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.flow import Call, Next
from app.domain.kinds import PREVIEW, REPROCESS, State, Step
from app.domain.reading import Analysis
from app.errors import MediaAuditError, NoAnswer, Permanent, Refused, Skip, TooLarge
from app.metrics import Media, Status
from app.models import MediaFile, MediaVision
from app.pipeline.engine import step_metrics, work
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.fan_in import late_merges
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.work import NO_ANSWER, REFUSED, TOO_LARGE, Claim
from app.pipeline.steps import readings
from app.pipeline.vision.provider_chain import Chain, unread
from app.ports import MediaInput, MediaStore, PaidModel, VisionProvider
from app.settings import get_settings


class ReadFile(ExternalStep[MediaInput, Analysis]):
    """Reads one file for each lease, so that a file that kills its worker process fails alone."""

    step = Step.ANALYZE

    def __init__(self, version: int, provider: VisionProvider, chain: Chain, store: MediaStore, *, bulk: bool) -> None:
        self.version, self.chain = version, chain
        self._provider, self._store, self._bulk = provider, store, bulk

    def load(self, session: Session, held: Claim) -> MediaInput | EarlyOutcome:
        read = select(MediaVision.id).where(
            MediaVision.media_file_id == held.subject_id, MediaVision.vision_version_id == held.revision
        )
        if session.execute(read).first() is not None:
            return EarlyOutcome(reason="read before")
        file = session.get_one(MediaFile, held.subject_id)
        return MediaInput(self._store.path(file.sha256), file.sha256, file.mime)

    def media(self, given: MediaInput) -> Media:
        return step_metrics.mime_label(given.mime)

    def perform(self, inputs: Sequence[MediaInput]) -> list[Analysis | MediaAuditError]:
        return [self._provider.read(media) for media in inputs]

    def finish_all(self, session: Session, done: Sequence[Performed[MediaInput, Analysis]]) -> list[Outcome]:
        return [self._write(session, one.held, one.result, one.seconds) for one in done]

    def _write(self, session: Session, held: Claim, result: Analysis, seconds: float) -> Outcome:
        readings.store(session, held, result)
        damaged = result.inspection.damaged
        self._asked(session, "partial" if damaged else result.status)
        seen = result.reading.text
        step_metrics.read(session, held, self._name, ocr=bool(seen), seconds=seconds)
        return Outcome(tuple(late_merges(session, held.subject_id)), reason=damaged)

    @property
    def _name(self) -> str:
        return self._provider.recipe.provider

    def _asked(self, session: Session, status: Status) -> None:
        """Counts a call to a free provider; paid calls are counted on settlement."""
        if not isinstance(self._provider, PaidModel):
            step_metrics.asked(session, self._name, status)

    def failed(self, session: Session, held: Claim, given: MediaInput, error: MediaAuditError) -> Outcome | None:
        """Skips undecodable files (a fact about the file, not undone work) and refused ones (no error). Hands on a file
        that this provider refused, answered nothing about, has no reader for or finds too large: the next may read it.
        """
        if not isinstance(error, Skip):
            self._asked(session, "err")
        if isinstance(error, Refused):
            readings.store_refusal(session, held, error.reason)
            return Outcome(self.hand_on(session, held, given), State.SKIPPED, f"{REFUSED}{error.reason}")
        if isinstance(error, NoAnswer):
            return self._unanswered(session, held, given, error)
        if isinstance(error, Skip):
            begin = TOO_LARGE if isinstance(error, TooLarge) else ""
            return Outcome(self.hand_on(session, held, given), State.SKIPPED, f"{begin}{error.reason}")
        if not isinstance(error, Permanent):
            return None
        readings.store_error(session, held, error.reason)
        return Outcome((), State.SKIPPED, error.reason)

    def _unanswered(self, session: Session, held: Claim, given: MediaInput, error: NoAnswer) -> Outcome:
        """Hands on a file about which the model said nothing. Without another provider its own text is its reading."""
        nexts = self.hand_on(session, held, given)
        if not nexts and error.own is not None and unread(session, [held.subject_id]):
            ended = self._write(session, held, error.own, 0.0)
            return replace(ended, reason=f"{NO_ANSWER}{error.reason}; the file's own text is its reading")
        readings.store_no_answer(session, held, error.reason)
        return Outcome(nexts, State.SKIPPED, f"{NO_ANSWER}{error.reason}")

    def hand_on(self, session: Session, held: Claim, given: MediaInput) -> tuple[Next, ...]:
        """Enqueues a work row of its own for the next provider of the chain; previews have one reader only."""
        version = self.chain.after(held.revision, given.mime)
        if (
            version is None
            or held.asked == PREVIEW
            or (held.asked == REPROCESS and not unread(session, [held.subject_id]))
        ):
            return ()  # a re-reading is not urgent: a lower-ranked provider would be paid for known results
        key = (held.subject_id, version)
        hint, remote = get_settings().republish_after, self.chain.remote(version)
        work.enqueue(session, Step.ANALYZE, [key], hint=hint, asked=held.asked, turn=held.turn, traces=held.traces)
        return (Call(Step.ANALYZE, (key,), bulk=self._bulk, remote=remote, trace_id=held.trace_id),)
