"""The lineage of a publication's tags: each passage through the gate with versions, changes and cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.llm.answers import refusal
from app.domain.kinds import Step
from app.domain.reading import RawAnswer
from app.models import Publication, RawAnswerRow, TagChange, TokenLedger

COLUMNS = (
    *("revision", "trigger", "reason", "called_tagger", "from_version", "to_version", "from_features", "to_features"),
    *("tagger_version", "vocabulary", "problems", "added", "removed", "tokens"),
)


def lineage(session: Session, publication: Publication) -> list[dict[str, Any]]:
    """The passages, oldest first.

    vocabulary: its hash, empty for none, None in rows older than that column. notes: parts left out of the question to
    a paid tagger. problems: parts of its answer that were not used.
    """
    query = select(TagChange).where(TagChange.publication_id == publication.id).order_by(TagChange.id)
    answers = _answers(session, publication)
    return [_passage(change, answers.get(change.tagger_input_hash, [])) for change in session.scalars(query)]


def declined(session: Session, publication: Publication) -> list[dict[str, Any]]:
    """The questions that a paid tagger refused or answered with nothing, oldest first; the tags stayed as they were."""
    query = (
        select(RawAnswerRow, TokenLedger)
        .outerjoin(TokenLedger, TokenLedger.id == RawAnswerRow.ledger_id)
        .where(RawAnswerRow.step == Step.TAG, RawAnswerRow.subject_id == publication.id)
        .order_by(RawAnswerRow.id)
    )
    return [
        {"at": row.created_at.isoformat(), "end": end, "why": why, "tokens": (call.settled or 0) if call else 0}
        for row, call in session.execute(query)
        for end, why in _undone(row, call)
    ]


def _undone(row: RawAnswerRow, call: TokenLedger | None) -> Iterator[tuple[str, str]]:
    """(refused or no_answer, why), unless the answer counts."""
    if why := refusal(RawAnswer.model_validate(row.answer)):
        yield "refused", why
    elif call is not None and call.outcome == "answered" and call.error:
        yield "no_answer", call.error


def _passage(change: TagChange, answers: Sequence[RawAnswer]) -> dict[str, Any]:
    asked = answers if change.called_tagger else []
    return {
        "at": change.at.isoformat(),
        **{name: getattr(change, name) for name in COLUMNS},
        "repaired": len(asked) > 1,
        "notes": list(asked[0].notes) if asked else [],
    }


def _answers(session: Session, publication: Publication) -> dict[str, list[RawAnswer]]:
    """tagger_input_hash -> the answer, then its repair, if any."""
    query = (
        select(RawAnswerRow.key, RawAnswerRow.answer)
        .where(RawAnswerRow.step == Step.TAG, RawAnswerRow.subject_id == publication.id)
        .order_by(RawAnswerRow.id)
    )
    kept: dict[str, list[RawAnswer]] = defaultdict(list)
    for key, answer in session.execute(query):
        kept[key.partition(".")[0]].append(RawAnswer.model_validate(answer))
    return kept
