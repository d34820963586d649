"""Borrows the reading of a near-duplicate before a picture is paid for: the same picture in another encoding.

It needs a setting (VISION_BORROW_BITS), since two different pages of print may look alike to a perceptual hash. It is
for channels that post the same photographs again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, exists, func, literal, or_, select, text
from sqlalchemy.orm import Session

from app.domain.advisory_locks import AdvisoryLock
from app.domain.images import alike
from app.domain.kinds import State, Step
from app.domain.look_alikes import hash_of, probes
from app.domain.reading import Inspection, LocalFacts, Reading
from app.domain.steps import STEPS
from app.errors import MediaAuditError
from app.metrics import Media
from app.models import MediaFile, MediaVision, TokenLedger, Work
from app.models.near import FILES, near
from app.models.work import in_state
from app.pipeline.engine import raw_answers
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.external_step import ExternalStep, each
from app.pipeline.engine.fan_in import late_merges
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.steps import readings
from app.pipeline.steps.read_file import ReadFile
from app.ports import MediaInput, PaidVision

log = structlog.get_logger()

PATIENCE = 3.0  # seconds until a copy checks again whether the other file has been read
GOES_ON = EarlyOutcome(state=State.DUE, again=True)  # outcome of a picture that is no copy: it may be paid for


@dataclass(frozen=True)
class Near:
    """A picture that looks the same. reading: by this recipe; None while it is still being read."""

    sha256: str
    bits: int  # in which the hashes differ
    status: str | None  # of the reading
    reading: Reading | None


class NearDuplicateCheck(ExternalStep[MediaInput, LocalFacts]):
    """Checks a picture free of charge. Copies end here or wait; all other pictures stay due (`again`)."""

    step = Step.ANALYZE

    def __init__(self, reader: ReadFile, vision: PaidVision, bits: int) -> None:
        """bits: number of the 64 in which two hashes of one picture may differ."""
        self._reader, self._vision, self._bits = reader, vision, bits

    def load(self, session: Session, held: Claim) -> MediaInput | EarlyOutcome:
        given = self._reader.load(session, held)
        if isinstance(given, EarlyOutcome):
            return given
        asked = raw_answers.stored(session, AnswerKey(self.step, held.subject_id, str(held.revision)))
        if asked or not given.mime.startswith("image/"):
            return GOES_ON
        facts = _known(session, held)
        return given if facts is None else self._end(session, held, facts, decoded=False) or given

    def media(self, given: MediaInput) -> Media:
        return self._reader.media(given)

    def perform(self, inputs: Sequence[MediaInput]) -> list[LocalFacts | MediaAuditError]:
        return each(self._vision.look, inputs)

    def finish(self, session: Session, held: Claim, given: MediaInput, result: LocalFacts) -> Outcome:
        readings.describe(session, held, result.inspection, result.phash)
        end = self._end(session, held, result)
        assert end is not None
        return end.outcome()

    def failed(self, session: Session, held: Claim, given: MediaInput, error: MediaAuditError) -> Outcome | None:
        return self._reader.failed(session, held, given, error)

    def _end(self, session: Session, held: Claim, facts: LocalFacts, *, decoded: bool = True) -> EarlyOutcome | None:
        """Decides on the picture; None if only decoding can tell, since facts stored earlier may lack colours."""
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.NEAR_DUPLICATES.value})
        sure = decoded or bool(facts.colours)
        near = _nearest(session, held, facts, self._bits, coloured=sure)
        if near is None:
            return GOES_ON
        if near.reading is None or near.status is None:
            return EarlyOutcome(state=State.DUE, delay=PATIENCE)
        if not sure:
            return None
        readings.store_borrowed(session, held, near.reading, near.status, (near.sha256, near.bits), facts)
        nexts = tuple(late_merges(session, held.subject_id))
        reason = f"a borrowed reading, {near.bits} bits away"  # not whose: a log outlives a file that is forgotten
        return EarlyOutcome(nexts, reason=reason, stage=STEPS[self.step].stage)


def _known(session: Session, held: Claim) -> LocalFacts | None:
    """Facts stored by an earlier check or reading, so that a waiting file is not decoded each time; None without a
    hash.

    Colours are empty if no reading of the file has them.
    """
    file = session.get_one(MediaFile, held.subject_id)
    if file.phash is None or file.width is None or file.height is None:
        return None
    noted = MediaVision.reading["colours"]
    query = select(noted).where(MediaVision.media_file_id == file.id, func.jsonb_array_length(noted) > 0).limit(1)
    inspection = Inspection(width=file.width, height=file.height, damaged=file.damaged)
    return LocalFacts(inspection=inspection, phash=file.phash, colours=tuple(session.scalar(query) or ()))


def _nearest(session: Session, held: Claim, facts: LocalFacts, bits: int, *, coloured: bool) -> Near | None:
    """The nearest picture with a reading, else one that will be read before this one. coloured: whether colours
    count."""
    apart = _apart(session, held, facts.phash, bits) if facts.phash is not None else {}
    size = (facts.inspection.width, facts.inspection.height)
    for file, status, reading in _helpful(session, held, apart) if apart else ():
        found = Reading.model_validate(reading) if reading else None
        others = found.colours if found and coloured else facts.colours
        if alike(size, (file.width, file.height), facts.colours, others):
            return Near(file.sha256, apart[file.id], status, found)
    return None


def _apart(session: Session, held: Claim, phash: str, bits: int) -> dict[int, int]:
    """file -> bits in which its hash differs, for all other pictures within `bits`.

    A query of its own: the planner cannot estimate how few these are, and a plan for many would join whole tables.
    """
    found = near(session, FILES, phash, probes(hash_of(phash), bits), bits)
    if found.crowded:
        log.warning("look-alikes are crowded: a reading to borrow may be overlooked", file=held.subject_id)
    return {file: apart for file, apart in found.bits.items() if file != held.subject_id}


def _helpful(session: Session, held: Claim, apart: Mapping[int, int]) -> list[tuple[MediaFile, str | None, object]]:
    """(file, status, reading) of the files that have a reading of their own or will have one before this file; those
    with a reading first, then the nearest."""
    read = and_(
        MediaVision.media_file_id == MediaFile.id,
        MediaVision.vision_version_id == held.revision,
        MediaVision.reading.is_not(None),
        MediaVision.borrowed_from.is_(None),
    )
    query = (
        select(MediaFile, MediaVision.status, MediaVision.reading)
        .outerjoin(MediaVision, read)
        .outerjoin(Work, _ahead(held))
        .where(MediaFile.id == any_(literal(list(apart), ARRAY(BigInteger))))
        .where(or_(MediaVision.id.is_not(None), Work.id.is_not(None)))
    )
    found = [(file, status, reading) for file, status, reading in session.execute(query)]
    return sorted(found, key=lambda one: (one[2] is None, apart[one[0].id], one[0].id))


def _ahead(held: Claim) -> ColumnElement[bool]:
    """Whether a file's reading comes before this one: its paid call is under way, or its turn and work id are lower.

    One order holds for all, or copies would wait for each other. A row never waits for a re-reading behind it.
    """
    called = exists().where(TokenLedger.work_id == Work.id, TokenLedger.ended_at.is_(None)).correlate(Work)
    first = or_(Work.turn < held.turn, and_(Work.turn == held.turn, Work.id < held.id))
    return and_(
        Work.step == Step.ANALYZE,
        Work.subject_id == MediaFile.id,
        Work.revision == held.revision,
        in_state(State.DUE, State.LEASED),
        or_(first, and_(in_state(State.LEASED), Work.turn <= held.turn, called)),
    )
