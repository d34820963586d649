"""Raw answers of paid models: stored as they came, before anybody interprets them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.reading import RawAnswer
from app.models import RawAnswerRow
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.ledger import Reservation


def stored(session: Session, question: AnswerKey) -> tuple[RawAnswer, ...]:
    """The answer and then its repair, as far as they are there."""
    query = select(RawAnswerRow.answer).where(
        RawAnswerRow.step == question.step,
        RawAnswerRow.subject_id == question.subject_id,
        RawAnswerRow.key == question.key,
    )
    found = [RawAnswer.model_validate(answer) for answer in session.scalars(query)]
    return tuple(sorted(found, key=lambda raw: raw.purpose == "repair"))


def store(session: Session, question: AnswerKey, raw: RawAnswer, paid: Reservation | None) -> None:
    """Keeps an answer; one of the same purpose that is there already stays."""
    row = {
        "step": question.step,
        "subject_id": question.subject_id,
        "key": question.key,
        "purpose": raw.purpose,
        "answer": raw.model_dump(mode="json"),
        "ledger_id": paid.id if paid else None,
    }
    session.execute(insert(RawAnswerRow).values(row).on_conflict_do_nothing())
