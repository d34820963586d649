"""Before a picture is paid for: is it one that was read before, only encoded anew? Then its reading is borrowed.

A setting (VISION_BORROW_BITS), since two different pages of print may look alike to a perceptual hash: it is for
channels that post the same photographs again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, cast, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.images import alike
from app.domain.kinds import State, Step
from app.domain.reading import LocalFacts, Reading
from app.errors import MediaAuditError
from app.models import MediaFile, MediaVision, Work
from app.pipeline import answers, readings
from app.pipeline.analysis import Analyze
from app.pipeline.fanin import late_merges
from app.pipeline.runner import Finish, Outside, Ready, each
from app.pipeline.shelf import Shelf
from app.pipeline.work import Claim
from app.ports import MediaInput, PaidVision

LOCK = 7_166_003  # advisory lock: of two copies that come at once, one sees the other
PATIENCE = 3.0  # seconds until a copy asks again whether the other one has been read


@dataclass(frozen=True)
class Near:
    """A picture that looks the same. reading: of this recipe, None while it is still being read."""

    sha256: str
    bits: int  # in which the hashes differ
    reading: Reading | None


class Look(Outside[MediaInput, LocalFacts]):
    """Decodes a picture for nothing; those that are copies end here, all others stay due for the paid call."""

    step = Step.ANALYZE

    def __init__(self, buyer: Analyze, vision: PaidVision, bits: int) -> None:
        """bits: of 64, in which two hashes of one picture may differ."""
        self._buyer, self._vision, self._bits = buyer, vision, bits

    def load(self, session: Session, held: Claim) -> MediaInput | Ready:
        given = self._buyer.load(session, held)
        if isinstance(given, Ready):
            return given
        asked = answers.stored(session, Shelf(self.step, held.subject_id, str(held.revision)))
        if asked or not given.mime.startswith("image/"):
            return Ready(state=State.DUE)
        return given

    def perform(self, inputs: Sequence[MediaInput]) -> list[LocalFacts | MediaAuditError]:
        return each(self._vision.look, inputs)

    def finish(self, session: Session, held: Claim, given: MediaInput, result: LocalFacts) -> Finish:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        readings.describe(session, held, result.inspection, result.phash)
        near = _nearest(session, held, result, self._bits)
        if near is None:
            return Finish((), State.DUE, untried=True)
        if near.reading is None:
            return Finish((), State.DUE, delay=PATIENCE, untried=True)
        readings.store_borrowed(session, held, near.reading, near.sha256, near.bits, result)
        nexts = tuple(late_merges(session, held.subject_id))
        return Finish(nexts, reason=f"the reading of {near.sha256[:12]}, {near.bits} bits away")

    def failed(self, session: Session, held: Claim, given: MediaInput, error: MediaAuditError) -> Finish | None:
        return self._buyer.failed(session, held, given, error)


def _nearest(session: Session, held: Claim, facts: LocalFacts, bits: int) -> Near | None:
    """The nearest picture with a reading, else one that is being read before this one."""
    if facts.phash is None:
        return None
    distance = func.bit_count(_as_bits(MediaFile.phash).op("#")(_as_bits(literal(facts.phash))))
    ahead = or_(Work.state == State.LEASED, and_(Work.state == State.DUE, Work.id < held.id))
    query = (
        select(MediaFile.sha256, MediaFile.width, MediaFile.height, distance, MediaVision.reading)
        .outerjoin(
            MediaVision,
            and_(
                MediaVision.media_file_id == MediaFile.id,
                MediaVision.vision_version_id == held.revision,
                MediaVision.borrowed_from.is_(None),
            ),
        )
        .outerjoin(
            Work,
            and_(Work.step == Step.ANALYZE, Work.subject_id == MediaFile.id, Work.revision == held.revision, ahead),
        )
        .where(MediaFile.id != held.subject_id, MediaFile.phash.is_not(None), distance <= bits)
        .where(or_(MediaVision.reading.is_not(None), Work.id.is_not(None)))
        .order_by(MediaVision.reading.is_(None), distance, MediaFile.id)
    )
    size = (facts.inspection.width, facts.inspection.height)
    for sha256, width, height, apart, reading in session.execute(query):
        found = Reading.model_validate(reading) if reading else None
        if alike(size, (width, height), facts.colours, found.colours if found else facts.colours):
            return Near(sha256, apart, found)
    return None


def _as_bits(hexadecimal: ColumnElement[str] | InstrumentedAttribute[str | None]) -> ColumnElement[object]:
    return cast(literal("x").concat(hexadecimal), BIT(64))
