"""Stores a file's reading, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.reading import Analysis, Inspection, LocalFacts, Reading
from app.models import MediaFile, MediaVision
from app.pipeline.engine import ledger
from app.pipeline.engine.work import Claim
from app.pipeline.posts import look_alikes


def store(session: Session, held: Claim, result: Analysis) -> None:
    """Stores the reading, and the facts that decoding showed."""
    damaged = result.inspection.damaged
    row = {
        "status": "partial" if damaged or result.status == "partial" else "ok",
        "reading": result.reading.model_dump(mode="json"),
        # raw_answers holds the answers of a paid provider.
        "raw": {name: value for name, value in result.raw.items() if name != "answers"},
        "tokens": ledger.spent_on(session, held.id, str(held.revision)) if result.calls else 0,
        "error": damaged,
    }
    _insert(session, held, row)
    describe(session, held, result.inspection, result.reading.phash)


def store_error(session: Session, held: Claim, reason: str) -> None:
    """Stores that the file cannot be decoded."""
    _insert(session, held, {"status": "error", "error": reason})
    describe(session, held, Inspection(damaged=reason), None)


def store_refusal(session: Session, held: Claim, reason: str) -> None:
    """Stores that the provider refused the file, which says nothing about the file itself."""
    _insert(
        session,
        held,
        {"status": "refused", "error": reason, "tokens": ledger.spent_on(session, held.id, str(held.revision))},
    )


def store_no_answer(session: Session, held: Claim, reason: str) -> None:
    """Stores that the provider's answer said nothing, and what it cost."""
    spent = ledger.spent_on(session, held.id, str(held.revision))
    _insert(session, held, {"status": "no_answer", "error": reason, "tokens": spent})


def store_borrowed(
    session: Session, held: Claim, reading: Reading, status: str, lender: tuple[str, int], facts: LocalFacts
) -> None:
    """Stores the reading of a near-duplicate with the facts of this file itself, free of charge.

    status: of that reading; a partial one stays partial. lender: its file's sha256, and the bits in which the hashes
    differ.
    """
    own = reading.model_copy(update={"colours": facts.colours, "phash": facts.phash})
    damaged = facts.inspection.damaged
    row = {"status": "partial" if damaged else status, "reading": own.model_dump(mode="json"), "error": damaged}
    _insert(session, held, {**row, "borrowed_from": lender[0], "borrowed_bits": lender[1]})


def _insert(session: Session, held: Claim, values: Mapping[str, object]) -> None:
    row = {"media_file_id": held.subject_id, "vision_version_id": held.revision, **values}
    session.execute(insert(MediaVision).values(row).on_conflict_do_nothing())


def describe(session: Session, held: Claim, inspection: Inspection, phash: str | None) -> None:
    """Stores the facts that decoding showed of the file, and its place among look-alikes."""
    values = {**inspection.model_dump(), "phash": phash}
    session.execute(update(MediaFile).where(MediaFile.id == held.subject_id).values(values))
    if phash is not None:
        look_alikes.place_at_once(session, held.subject_id)
