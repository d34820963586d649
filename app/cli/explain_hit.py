"""Prints why a hit of a search is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.markup import escape

from app.cli.output import indented, short
from app.domain.spelling import edits, normal, sounds_like
from app.search.explained import Explained, Listed, Said
from app.search.spelling import Correction

WHERE = {"text": "in the text", "ocr": "inside a picture", "labels": "in what is seen", "tags": "in the tags"}
EXACT = {1: "exact phrase", 2: "exact phrase, letter for letter", 3: "exact title"}
LISTS = {"words": "all words", "any": "any word", "meaning": "meaning"}
SIGNS = {"phrase": "«{}»", "pattern": "/{}/"}
EVIDENCE = {
    "transliteration": "the same sound in the other alphabet",
    "layout": "the same keys on the other layout of the keyboard",
}


def show_why(console: Console, why: Explained) -> None:
    """A line for each list, word and kind of filter."""
    for line in _lines(why):
        indented(console, 4, line)


def _lines(why: Explained) -> Iterator[str]:
    yield from map(_list, why.lists)
    if why.near:
        yield f"near in meaning only{', weak: stands after all others' if why.weak else ''}"
    elif why.weak:
        yield "weak: it lacks a word and is hardly near in meaning, so it stands after all others"
    yield from map(_said, why.said)
    if why.lacks:
        yield f"not in it: {escape(', '.join(map(short, why.lacks)))}"
    if why.filters:
        yield f"matches: {escape(', '.join(map(short, why.filters)))}"


def _list(one: Listed) -> str:
    if one.rank is None:
        return f"[dim]{EXACT[int(one.score)]}: before all others (+{one.score:.0f})[/]"
    near = "" if one.similarity is None else f", similarity {one.similarity:.2f}"
    return f"[dim]{LISTS[one.name]}: rank {one.rank}{near} (+{one.score:.4f})[/]"


def _said(one: Said) -> str:
    asked = f"[bold]{escape(shown(one.asked, one.kind))}[/]"
    if one.search:
        asked = f"{escape(short(one.search))}: {asked}"
    if one.instead:
        asked += f" → [bold]{escape(one.instead.by)}[/] ({evidence(one.instead)})"
    where = forms(one.where)
    return f"{asked} {where}" if where else f"{asked} matches"


def shown(text: str, kind: str) -> str:
    """A word, phrase or pattern of a query on one line; a phrase and a pattern have their signs."""
    return SIGNS.get(kind, "{}").format(short(text))


def forms(where: Mapping[str, tuple[str, ...]]) -> str:
    """The fields, each with the forms in it, in markup."""
    return "; ".join(
        f"{WHERE[name]}: [yellow]{escape(', '.join(map(short, where[name])))}[/]" for name in WHERE if where.get(name)
    )


def evidence(one: Correction) -> str:
    """By which evidence a word stands for another."""
    if one.why in EVIDENCE:
        return EVIDENCE[one.why]
    word = normal(one.word)
    if sounds_like(word, one.by):
        return "sounds the same"
    count = edits(word, one.by)
    return f"{count} letter{'' if count == 1 else 's'} written otherwise"
