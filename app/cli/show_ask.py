"""Prints passages and answers: each sentence with its posts, frame words in the language of the question."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from app.ask.answers import AnswerShown, Citation
from app.ask.sources import PassageShown, Place
from app.cli.output import indented, short
from app.domain.ask.answer import Source
from app.domain.ask.frames import Frame, Outcome, frame


def show_passages(console: Console, language: str, passages: Sequence[PassageShown]) -> None:
    """Prints the posts that may have the answer, the nearest first."""
    if passages:
        console.print(f"[bold]{frame(language).passages}[/]")
    for number, one in enumerate(passages, start=1):
        console.print(f"{number}. {_where(one.place)}")
        indented(console, 3, f"[dim]{escape(short(' '.join(one.spans)))}[/]")


def show_answer(console: Console, answer: AnswerShown, *, repeated: bool = False) -> None:
    """Prints the sentences with their sources, then the parts that were left out."""
    words = frame(answer.language)
    console.print()
    if answer.sentences:
        console.print(f"[bold]{words.answer}[/]")
    cites = [cite for one in answer.sentences for cite in one.cites]
    numbers = {span: number for number, span in enumerate(dict.fromkeys(cite.span for cite in cites), start=1)}
    for one in answer.sentences:
        marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers[cite.span] for cite in one.cites))
        indented(console, 0, f"{escape(one.text)} [cyan]{escape(marks)}[/]")
    if answer.sentences:
        console.print(f"\n[bold]{words.sources}[/]")
    for span, number in numbers.items():
        _source(console, number, next(cite for cite in cites if cite.span == span), words)
    if repeated:
        console.print(f"[dim]{words.repeated.format(f'{answer.asked_at:%Y-%m-%d %H:%M}')}[/]")
    _rest(console, answer, words)


def _source(console: Console, number: int, cite: Citation, words: Frame) -> None:
    notes = [*_of_field(cite, words), *_since(cite, words)]
    console.print(
        f"[cyan]{escape(f'[{number}]')}[/] {_where(cite.place)}{escape(''.join(f'; {one}' for one in notes))}"
    )
    indented(console, 4, f"[dim]«{escape(short(cite.quote))}»[/]")


def _of_field(cite: Citation, words: Frame) -> list[str]:
    return {Source.OCR: [words.picture], Source.DESCRIPTION: [words.weak]}.get(Source(cite.source), [])


def _since(cite: Citation, words: Frame) -> list[str]:
    """The marks of a post that changed after its words were read."""
    edited = [words.edited if cite.stands else words.gone] if cite.edited else []
    return [*edited, *([words.deleted] if cite.place.deleted_at else [])]


def _where(place: Place) -> str:
    day = f", {place.posted_at:%Y-%m-%d %H:%M}" if place.posted_at else ""
    return f"[bold]{place.permalink or ''}[/] {escape(short(place.channel))}{day}".strip()


def _rest(console: Console, answer: AnswerShown, words: Frame) -> None:
    if answer.outcome is Outcome.NOT_FOUND:
        console.print(words.not_found)
    if dropped := sum(answer.dropped.values()):
        console.print(f"[dim]{words.dropped.format(dropped)}[/]")
    if answer.left_out:
        console.print(f"[dim]{words.left_out.format(answer.left_out)}[/]")
    if answer.reason:
        console.print(f"[yellow]{answer.outcome}: {escape(answer.reason)}[/]")
    spent = f", {answer.tokens:,} tokens" if answer.tokens else ""
    console.print(f"[dim]question {answer.id}, {escape(answer.answerer)}{spent}[/]")
