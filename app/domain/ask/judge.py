"""Judges a draft: each sentence is kept, or dropped by the first check that it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.domain.ask.answer import Answer, AskInput, Draft, Judged, Sentence, Verdict
from app.domain.ask.checks.addresses import address
from app.domain.ask.checks.language import other_language
from app.domain.ask.checks.meaning import far
from app.domain.ask.checks.names import foreign_name
from app.domain.ask.checks.negation import turned
from app.domain.ask.checks.numbers import foreign_number
from app.domain.ask.checks.offered import not_offered, uncited
from app.domain.ask.checks.verbatim import not_verbatim
from app.domain.ask.quotes import evidence, folded, is_quote

Nearness = Callable[[Sequence[tuple[str, str]]], Sequence[float | None]]
Check = Callable[[Sentence, AskInput], str | None]

_CITATION: tuple[tuple[Verdict, Check], ...] = (
    (Verdict.NO_CITATION, lambda sentence, given: uncited(sentence)),
    (Verdict.NOT_OFFERED, not_offered),
    (Verdict.NOT_VERBATIM, not_verbatim),
)
# A model writes none of these, also where it only copies: its links come from rows, its language from the question.
_WRITING: tuple[tuple[Verdict, Check], ...] = (
    (Verdict.ADDRESS, lambda sentence, given: address(sentence)),
    (Verdict.LANGUAGE, other_language),
)
# A sentence that is one of its quotes as a whole holds all of them: it says nothing else.
_CONTENT: tuple[tuple[Verdict, Check], ...] = (
    (Verdict.NUMBER, lambda sentence, given: foreign_number(sentence)),
    (Verdict.NAME, lambda sentence, given: foreign_name(sentence)),
    (Verdict.MEANING, lambda sentence, given: turned(sentence)),
)


def judge(draft: Draft, given: AskInput, nearness: Nearness, *, extractive: bool = False) -> Answer:
    """The draft with a verdict for each sentence, in order. nearness is asked once, for all that passed the rest.

    extractive: no model wrote, so a sentence that is one of its quotes as a whole keeps the language and the addresses
    of its post. Of sentences that say the same letter for letter (without regard to case and punctuation around) the
    first kept one stays; each later one is left out, and `problems` names it.
    """
    judged = _near([_judged(sentence, given, extractive) for sentence in draft.sentences], nearness)
    once, repeated = _once(judged)
    return Answer(tuple(once), (*draft.problems, *repeated))


def _judged(sentence: Sentence, given: AskInput, extractive: bool) -> Judged:
    for verdict, check in _checks(sentence, extractive):
        if (detail := check(sentence, given)) is not None:
            return Judged(sentence, verdict, detail)
    return Judged(sentence, Verdict.KEPT)


def _checks(sentence: Sentence, extractive: bool) -> Iterator[tuple[Verdict, Check]]:
    quoted = is_quote(sentence)
    yield from _CITATION
    yield from () if quoted and extractive else _WRITING
    yield from () if quoted else _CONTENT


def _near(judged: Sequence[Judged], nearness: Nearness) -> list[Judged]:
    """The sentences with those dropped whose meaning is too far from their quotes."""
    asked = [one for one in judged if one.verdict is Verdict.KEPT and not is_quote(one.sentence)]
    values = nearness([(one.sentence.text, evidence(one.sentence)) for one in asked]) if asked else ()
    reasons = {id(one): far(value) for one, value in zip(asked, values, strict=True)}
    return [
        Judged(one.sentence, Verdict.MEANING, reason) if (reason := reasons.get(id(one))) is not None else one
        for one in judged
    ]


def _once(judged: Sequence[Judged]) -> tuple[list[Judged], list[str]]:
    """The sentences without repeated kept ones, and a problem for each that was left out."""
    kept: dict[str, int] = {}
    left: list[Judged] = []
    problems: list[str] = []
    for number, one in enumerate(judged, start=1):
        first = kept.get(_key(one.sentence)) if one.verdict is Verdict.KEPT else None
        if first is not None:
            problems.append(f"sentence {number} repeats sentence {first}")
            continue
        if one.verdict is Verdict.KEPT:
            kept[_key(one.sentence)] = number
        left.append(one)
    return left, problems


def _key(sentence: Sentence) -> str:
    text = folded(sentence.text).casefold()
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return text[start:end] or text
