"""The paid part of a reading: its question, and the provider that reads the file meanwhile."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.flow import Next
from app.domain.kinds import State
from app.domain.reading import Analysis
from app.pipeline.engine.billable import SOON, Billable
from app.pipeline.engine.outcomes import EarlyOutcome
from app.pipeline.engine.work import OUTRANKED, Claim
from app.pipeline.steps.read_file import ReadFile
from app.pipeline.vision.provider_chain import about_to_read, read_by
from app.ports import MediaInput


class PaidReading(Billable[MediaInput, MediaInput, Analysis]):
    """The reading of one file by a paid provider of the chain."""

    substitutes = True
    free: ReadFile

    def __init__(self, free: ReadFile) -> None:
        self.free = free

    def question(self, given: MediaInput) -> tuple[MediaInput, str]:
        """The file; its answers belong to the recipe."""
        return given, str(self.free.version)

    def spared(self, session: Session, held: Claim) -> EarlyOutcome | None:
        """Spares a call if a higher-ranked provider has read the file or is about to: one reading suffices.

        Several providers may be back at once, or a fallback may have waited longer than those before it.
        """
        above = self.free.chain.above(held.revision)
        if not above:
            return None
        if read_by(session, held.subject_id, above):
            return EarlyOutcome(state=State.SKIPPED, reason=OUTRANKED)
        return EarlyOutcome(state=State.DUE, delay=SOON) if about_to_read(session, held.subject_id, above) else None

    def meanwhile(self, session: Session, held: Claim, given: MediaInput) -> tuple[Next, ...]:
        """Hands the file on to the next provider of the chain."""
        return self.free.hand_on(session, held, given)
