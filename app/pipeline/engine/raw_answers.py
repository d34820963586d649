"""Raw answers of paid models, stored unchanged before any interpretation."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.reading import RawAnswer
from app.models import RawAnswerRow
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.ledger import Reservation


def stored(session: Session, question: AnswerKey) -> tuple[RawAnswer, ...]:
    """Returns the stored answer, then its repair, as far as they exist."""
    query = select(RawAnswerRow.answer).where(
        RawAnswerRow.step == question.step,
        RawAnswerRow.subject_id == question.subject_id,
        RawAnswerRow.key == question.key,
    )
    found = [RawAnswer.model_validate(answer) for answer in session.scalars(query)]
    return tuple(sorted(found, key=lambda raw: raw.purpose == "repair"))


def store(session: Session, question: AnswerKey, raw: RawAnswer, paid: Reservation | None) -> None:
    """Stores an answer; an earlier one of the same purpose stays instead."""
    row = {
        "step": question.step,
        "subject_id": question.subject_id,
        "key": question.key,
        "purpose": raw.purpose,
        "answer": raw.model_dump(mode="json"),
        "ledger_id": paid.id if paid else None,
    }
    session.execute(insert(RawAnswerRow).values(row).on_conflict_do_nothing())
