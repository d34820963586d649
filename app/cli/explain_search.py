"""Prints why a post is, or is not, a hit of a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rich.console import Console
from rich.markup import escape

from app.cli.explain_hit import WHERE, evidence, forms, show_why, shown
from app.cli.output import indented, short
from app.domain.query.tree import Operator
from app.search.explained import NAMES
from app.search.judged import TEXTS, Kind, Verdict
from app.search.why_not import Answer

GROUPS = {Kind.ALL: "all of", Kind.ANY: "one of", Kind.NOT: "none of"}
DATES = (Operator.DATE, Operator.BEFORE, Operator.AFTER)


def show_answer(console: Console, post: str, answer: Answer) -> None:
    """Prints the verdict, the parts of the query below it, and the place by relevance."""
    if answer.verdict is None:
        console.print(f"[bold]{escape(post)}[/] is not in the search index yet: `media-audit status` shows the work")
        return
    says = "[green]is a hit[/]" if answer.verdict.holds else "[red]is no hit[/]"
    console.print(f"[bold]{escape(post)}[/] {says} of: {escape(short(answer.query))}", soft_wrap=True)
    for depth, line in _lines(answer.verdict, answer.has):
        indented(console, 2 + 2 * depth, line)
    _relevance(console, answer)


def _relevance(console: Console, answer: Answer) -> None:
    for one in answer.corrections:
        corrected = f"no post has {escape(short(one.word))}: by relevance {escape(one.by)} stands for it"
        indented(console, 0, f"{corrected} ({evidence(one)})")
    if answer.place is None:
        console.print(f"by relevance: not among the {answer.hits} hits")
        return
    console.print(f"by relevance: place {answer.place} of {answer.hits}")
    if answer.explained is not None:
        show_why(console, answer.explained)


def _lines(verdict: Verdict, has: Mapping[str, tuple[str, ...]], depth: int = 0) -> Iterator[tuple[int, str]]:
    """Each part with its depth. The parts of the whole query stand at the depth of the query."""
    if depth == 0 and verdict.kind is Kind.ALL:
        for one in verdict.parts:
            yield from _lines(one, has)
        return
    sign = "[green]yes[/]" if verdict.holds else "[red]no[/] "
    yield depth, f"{sign} {_part(verdict, has)}"
    for one in () if _is_lone(verdict) else verdict.parts:
        yield from _lines(one, has, depth + 1)


def _is_lone(verdict: Verdict) -> bool:
    """Whether it leaves out one word or filter, which one line tells."""
    return verdict.kind is Kind.NOT and not verdict.parts[0].parts


def _part(one: Verdict, has: Mapping[str, tuple[str, ...]]) -> str:
    if _is_lone(one):
        return f"[bold]-[/]{_part(replace(one.parts[0], holds=True), has)}"
    group = GROUPS.get(one.kind)
    text = group or f"[bold]{escape(shown(one.text, one.kind.value))}[/]"
    if one.kind in TEXTS and one.fields:
        text += f" ({', '.join(WHERE[NAMES.get(name, name)] for name in one.fields)})"
    if one.idle:
        return f"{text}: full text leaves it out"
    if one.kind is Kind.FILTER and not one.holds:
        return text + _other(one.text, has)
    where = forms({NAMES.get(name, name): some for name, some in one.forms.items()})
    return f"{text} {where}" if where else text


def _other(text: str, has: Mapping[str, tuple[str, ...]]) -> str:
    """The values that the post has instead of the one of the filter."""
    name = text.partition(":")[0]
    values = has.get("date" if name in DATES else name, ())
    return f": the post has {escape(short(', '.join(values)))}" if values else ": the post has none"
