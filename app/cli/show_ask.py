"""Prints passages and answers: each sentence with its posts, frame words in the language of the question."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.markup import escape

from app.ask.answers import AnswerShown, Citation
from app.ask.sources import PassageShown, Place
from app.cli.output import indented, one_line, short
from app.domain.ask.answer import Source
from app.domain.ask.frames import Frame, Outcome, frame


def show_question(console: Console, answer: AnswerShown) -> None:
    """Prints a question that was asked before, with its passages and its answer."""
    indented(console, 0, f"[bold]{escape(one_line(answer.text))}[/]")
    console.print()
    show_passages(console, answer.language, answer.passages)
    show_answer(console, answer)


def show_passages(console: Console, language: str, passages: Sequence[PassageShown]) -> None:
    """Prints the posts that may have the answer, the nearest first."""
    if passages:
        console.print(f"[bold]{frame(language).passages}[/]")
    indent = len(f"{len(passages)}. ")
    for number, one in enumerate(passages, start=1):
        indented(console, indent, _where(one.place), f"{number}.")
        indented(console, indent, f"[dim]{escape(short(' '.join(one.spans)))}[/]")


def show_answer(console: Console, answer: AnswerShown, *, repeated: bool = False) -> None:
    """Prints the sentences with their sources, then the parts that were left out."""
    words = frame(answer.language)
    console.print()
    if answer.sentences:
        _answer(console, answer, words)
    if repeated:
        console.print(f"[dim]{words.repeated.format(f'{answer.asked_at:%Y-%m-%d %H:%M}')}[/]")
    _rest(console, answer, words)


def _answer(console: Console, answer: AnswerShown, words: Frame) -> None:
    console.print(f"[bold]{words.answer}[/]")
    sources: dict[tuple[int, str], list[Citation]] = {}
    for cite in (cite for one in answer.sentences for cite in one.cites):
        sources.setdefault(_key(cite), []).append(cite)
    numbers = {key: number for number, key in enumerate(sources, start=1)}
    for one in answer.sentences:
        marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers[_key(cite)] for cite in one.cites))
        indented(console, 0, f"{escape(one_line(one.text))} [cyan]{escape(marks)}[/]")
    console.print(f"\n[bold]{words.sources}[/]")
    said = {one_line(one.text) for one in answer.sentences}
    for key, cites in sources.items():
        _source(console, numbers[key], cites, words, said)


def _key(cite: Citation) -> tuple[int, str]:
    """Words of one field of one post are one source."""
    return cite.place.publication_id, cite.source


def _source(console: Console, number: int, cites: Sequence[Citation], words: Frame, said: Collection[str]) -> None:
    """said: sentences of the answer, which need no quote where they are the post's own words."""
    notes = [*_of_field(cites[0], words), *_since(cites, words)]
    where = f"{_where(cites[0].place)}{escape(''.join(f'; {one}' for one in notes))}"
    indented(console, 4, where, f"[cyan]{escape(f'[{number}]')}[/]")
    for quote in dict.fromkeys(one_line(cite.quote) for cite in cites):
        if quote not in said:
            indented(console, 4, f"[dim]«{escape(short(quote))}»[/]")


def _of_field(cite: Citation, words: Frame) -> list[str]:
    return {Source.OCR: [words.picture], Source.DESCRIPTION: [words.weak]}.get(Source(cite.source), [])


def _since(cites: Sequence[Citation], words: Frame) -> list[str]:
    """The marks of a post that changed after its words were read."""
    edited = [words.edited if all(cite.stands for cite in cites) else words.gone] if cites[0].edited else []
    return [*edited, *([words.deleted] if cites[0].place.deleted_at else [])]


def _where(place: Place) -> str:
    """Link, channel and day: the time of day, which `--json` has, would not fit into 80 columns."""
    day = f", {place.posted_at:%Y-%m-%d}" if place.posted_at else ""
    link = f"[bold]{place.permalink}[/]  " if place.permalink else ""
    return f"{link}{escape(short(place.channel))}{day}"


def _rest(console: Console, answer: AnswerShown, words: Frame) -> None:
    if answer.outcome is Outcome.NOT_FOUND:
        console.print(words.not_found)
    if dropped := sum(answer.dropped.values()):
        console.print(f"[dim]{words.dropped.format(dropped)}[/]")
    if answer.left_out:
        console.print(f"[dim]{words.left_out.format(answer.left_out)}[/]")
    for problem in answer.problems:
        console.print(f"[dim]{escape(short(problem))}[/]")
    if answer.reason:
        console.print(f"[yellow]{answer.outcome}: {escape(answer.reason)}[/]")
    spent = f", {words.tokens.format(f'{answer.tokens:,}')}" if answer.tokens else ""
    console.print(f"[dim]{words.question.format(answer.id)}, {escape(answer.answerer)}{spent}[/]")
