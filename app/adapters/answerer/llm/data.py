"""Prepares a question and its spans for a model: JSON within a budget of tokens, and notes on parts left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from app.adapters.llm.quote import quoted
from app.adapters.llm.storable import storable
from app.domain.allotment import shorten, tokens
from app.domain.ask.answer import AskInput, Span

QUESTION_SHARE = 4  # a question longer than one part in so many of the room would leave its spans none
JOIN = ",\n"  # between two spans: each has a line of its own


@dataclass(frozen=True)
class Data:
    """json: of spans, language and question, quoted. notes: parts that were left out, for the user."""

    json: str
    notes: tuple[str, ...] = ()


def data(given: AskInput, room: int) -> Data:
    """The question and as many of its spans as `room` tokens hold, those of the best passages first."""
    question, missing = shorten(storable(given.question), room // QUESTION_SHARE, _cost)
    lines, notes = _lines(given.spans, room - tokens(_whole((), given.language, question)))
    told = (f"question: {missing} of {len(given.question)} characters left out",) if missing else ()
    return Data(_whole(lines, given.language, question), (*told, *notes))


def speaks(given: AskInput) -> bool:
    """Whether there is a question and a span to answer it from: without either a model could only invent."""
    return _says(given.question) and any(_says(span.text) for span in given.spans)


def digest(given: AskInput) -> str:
    """sha256 hex over the canonical JSON of the whole input."""
    return sha256(json.dumps(asdict(given), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _whole(lines: Sequence[str], language: str, question: str) -> str:
    return f'{{"spans": [\n{JOIN.join(lines)}\n], "language": {quoted(language)}, "question": {quoted(question)}}}'


def _lines(spans: Sequence[Span], room: int) -> tuple[list[str], tuple[str, ...]]:
    """(the spans that fit, each in a line, by number; notes). Only a span that is too long alone is shortened."""
    ranked = sorted(spans, key=lambda span: (span.passage, span.number))
    kept = _fitting(ranked, room)
    if ranked and not kept:
        return _shortened(ranked[0], len(spans), room)
    left = len(spans) - len(kept)
    notes = (f"spans: {left} of {len(spans)} left out",) if left else ()
    return [_line(span, storable(span.text)) for span in sorted(kept, key=lambda span: span.number)], notes


def _fitting(ranked: Sequence[Span], room: int) -> list[Span]:
    """The first spans that fit together; drops all others, so that no worse passage stands in for a better one."""
    kept: list[Span] = []
    for span in ranked:
        room -= tokens(_line(span, storable(span.text)) + JOIN)
        if room < 0:
            break
        kept.append(span)
    return kept


def _shortened(span: Span, offered: int, room: int) -> tuple[list[str], tuple[str, ...]]:
    text, missing = shorten(storable(span.text), room, lambda one: tokens(_line(span, one) + JOIN))
    others = (f"spans: {offered - 1} of {offered} left out",) if offered > 1 else ()
    return [_line(span, text)], (f"span {span.number}: {missing} of {len(span.text)} characters left out", *others)


def _line(span: Span, text: str) -> str:
    return quoted({"span": span.number, "from": span.source.value, "text": text})


def _cost(text: str) -> int:
    return tokens(quoted(text))


def _says(text: str) -> bool:
    return any(character.isalnum() for character in text)
