"""Erases raw answers of paid models. The ledger keeps their cost."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.models import RawAnswerRow, TokenLedger, Work


def erase(session: Session, step: Step, subjects: Collection[int]) -> None:
    """Erases the answers of a step about these subjects, and from the ledger the keys of their questions: the key of a
    tagging or an answer is a hash of texts. The key of a reading is its recipe, and stays."""
    session.execute(delete(RawAnswerRow).where(RawAnswerRow.step == step.value, RawAnswerRow.subject_id.in_(subjects)))
    rows = select(Work.id).where(Work.step == step.value, Work.subject_id.in_(subjects))
    calls = update(TokenLedger).where(TokenLedger.work_id.in_(rows), TokenLedger.ended_at.is_not(None))
    session.execute(calls.values(error=None) if step is Step.ANALYZE else calls.values(error=None, key=None))
