"""Reads a question as users see it: passages, checked sentences with their posts, and how far its worker is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ask.questions import work_of
from app.ask.sources import PassageShown, Place, places
from app.domain.ask.answer import Verdict
from app.domain.ask.frames import Outcome
from app.domain.kinds import State
from app.errors import UserError
from app.models import AnswerSentence, Question, QuestionSpan
from app.models.questions import WITHIN
from app.pipeline.posts.evidence import Standing, standing
from app.pipeline.steps.ask import offered
from app.search.within import Within


@dataclass(frozen=True)
class Citation:
    """The proof of a sentence. revision: of the post, which the words were taken from.

    edited: the post has a newer revision. stands: whether the post still has the words.
    """

    span: int
    quote: str
    source: str  # post, ocr, description
    revision: int
    place: Place
    edited: bool
    stands: bool


@dataclass(frozen=True)
class Said:
    """A sentence that stood every check."""

    text: str
    cites: Sequence[Citation]


@dataclass(frozen=True)
class AnswerShown:
    """A question and its answer. dropped: sentences by the check that they failed. reason: of an end without answer."""

    id: int
    text: str
    language: str
    outcome: Outcome
    asked_at: datetime
    answered_at: datetime | None
    answerer: str
    retrieval: Mapping[str, object]
    passages: Sequence[PassageShown]
    sentences: Sequence[Said] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    left_out: int = 0
    problems: Sequence[str] = ()
    tokens: int = 0
    reason: str | None = None


UNANSWERED = {
    State.WAITING: Outcome.WAITING,
    State.DEAD: Outcome.DEAD,
    State.UNKNOWN: Outcome.UNKNOWN,
    State.SKIPPED: Outcome.STOPPED,
}


def is_open(session: Session, question_id: int) -> bool:
    """Whether a worker has yet to answer it: two rows by their keys, for a caller that looks again and again."""
    question = session.get_one(Question, question_id)
    return question.answered_at is None and State(work_of(session, question_id).state) not in UNANSWERED


def answer_of(session: Session, question_id: int, within: Within = None) -> AnswerShown:
    """The question with this number, as its rows and its posts are now. UserError if there is none.

    within: channels that the reader may see; a question of an asker who saw others is none.
    """
    question = session.get(Question, question_id)
    if question is None or not _is_seen(question, within):
        raise UserError(f"there is no question {question_id}")
    spans = {span.number: span for span in offered(session, question_id)}
    ids = list(dict.fromkeys(span.publication_id for span in spans.values()))
    at, now = places(session, ids), standing(session, ids)
    sentences = session.scalars(
        select(AnswerSentence).where(AnswerSentence.question_id == question_id).order_by(AnswerSentence.position)
    ).all()
    said = [(one, _cites(one, spans, at, now)) for one in sentences if one.verdict == Verdict.KEPT]
    # A post that says something else although its revision is the same was changed behind our back: no proof any more.
    kept = [Said(one.text, cites) for one, cites in said if all(cite.stands or cite.edited for cite in cites)]
    dropped = Counter(one.verdict for one in sentences if one.verdict != Verdict.KEPT)
    dropped.update({Verdict.CHANGED.value: len(said) - len(kept)} if len(said) > len(kept) else {})
    row = work_of(session, question_id)
    return AnswerShown(
        id=question.id,
        text=question.text,
        language=question.language,
        outcome=_outcome(question, State(row.state), kept),
        asked_at=question.asked_at,
        answered_at=question.answered_at,
        answerer=question.answerer,
        retrieval=question.retrieval,
        passages=[_passage(at[id_], now.get(id_), spans, id_) for id_ in ids],
        sentences=kept,
        dropped=dict(dropped),
        left_out=question.left_out,
        problems=question.problems or (),
        tokens=question.tokens,
        reason=None if question.answered_at else row.reason or row.last_error,
    )


def _is_seen(question: Question, within: Within) -> bool:
    """Its words and those of its passages are of channels that its asker could see."""
    asker: list[int] | None = question.retrieval.get(WITHIN)
    return within is None or (asker is not None and set(asker) <= set(within))


def _outcome(question: Question, state: State, kept: Sequence[Said]) -> Outcome:
    if question.answered_at is not None:
        return Outcome.ANSWERED if kept else Outcome.NOT_FOUND
    return UNANSWERED.get(state, Outcome.OPEN)


def _cites(
    one: AnswerSentence, spans: Mapping[int, QuestionSpan], at: Mapping[int, Place], now: Mapping[int, Standing]
) -> list[Citation]:
    return [_cite(spans[cite["span"]], cite["quote"], at, now) for cite in one.cites]


def _cite(span: QuestionSpan, quote: str, at: Mapping[int, Place], now: Mapping[int, Standing]) -> Citation:
    post = now.get(span.publication_id)
    return Citation(
        span=span.number,
        quote=quote,
        source=span.source,
        revision=span.revision,
        place=at[span.publication_id],
        edited=_edited(post, span.revision),
        stands=post is not None and post.has(span),
    )


def _passage(at: Place, now: Standing | None, spans: Mapping[int, QuestionSpan], publication: int) -> PassageShown:
    own = [span for span in spans.values() if span.publication_id == publication]
    return PassageShown(at, own[0].revision, _edited(now, own[0].revision), [span.text for span in own])


def _edited(now: Standing | None, revision: int) -> bool:
    return now is not None and now.revision > revision
