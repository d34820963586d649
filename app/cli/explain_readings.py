"""Prints the readings of a publication's files, for `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.markup import escape

from app.cli.output import indented, short
from app.domain.differences import Difference, Words
from app.explain import Explanation, ReadingOf

STYLES = {"ok": "green", "partial": "yellow", "refused": "red", "no_answer": "red", "error": "red"}
FIELDS = {"classification": "kind", "is_meme": "meme", "description": "description", "language": "language"}


def show_readings(console: Console, story: Explanation) -> None:
    """Prints for each file its readings by rank, and how each differs from the next lower one."""
    for name, group in groupby(story.readings, lambda reading: reading.sha256):
        messages = ", ".join(str(m.message_id) for m in story.messages if m.sha256 == name)
        indented(console, 2, f"[bold]file {name[:12]}[/]  of message {messages}")
        for reading in group:
            _reading(console, reading)


def _reading(console: Console, reading: ReadingOf) -> None:
    style = STYLES.get(reading.status, "red")
    head = f"version {reading.version}  {escape(reading.recipe)}  [{style}]{reading.status}[/]{_price(reading)}"
    indented(console, 4, head)
    use = "[bold]in use[/]" if reading.in_use else "not in use"
    indented(console, 6, f"{use}: {reading.why}")
    for line in _says(reading):
        indented(console, 6, line)


def _price(reading: ReadingOf) -> str:
    spent = reading.spent
    tokens = f"  {spent.read + spent.repair:,} tokens" if spent.read or spent.repair else ""
    repair = f", {spent.repair:,} of them for its repair" if spent.repair else ""
    lost = f"  [red]calls with an unknown end: {spent.unknown}[/]" if spent.unknown else ""
    return tokens + repair + lost


def _says(reading: ReadingOf) -> Iterator[str]:
    if reading.borrowed_from:
        bits = f"{reading.borrowed_bits} of 64 bits apart" if reading.borrowed_bits is not None else "alike"
        yield f"borrowed from file {reading.borrowed_from[:12]}, {bits}"
    if reading.error:
        yield f"[red]{escape(short(reading.error))}[/]"
    if reading.problems:
        yield f"[yellow]left out: {escape(short('; '.join(reading.problems)))}[/]"
    if reading.classification:
        yield f"{reading.classification}{escape(': ' + ', '.join(reading.labels)) if reading.labels else ''}"
    if reading.description:
        yield f"“{escape(short(reading.description))}”"
    if reading.pages and reading.pages.total > 1:
        yield str(reading.pages)
    if reading.text:
        yield f"words in it: {escape(short(reading.text))}"
    for one in reading.texts:
        doubt = f", {one.why}" if one.why else ""
        yield f"[dim]{escape(one.engine)}, {'used' if one.used else 'not used'}{doubt}:[/] {escape(short(one.text))}"
    if reading.difference and reading.compared_with is not None:
        yield f"[dim]against version {reading.compared_with}:[/] {_difference(reading.difference)}"


def _difference(difference: Difference) -> str:
    if difference.nothing:
        return "the same"
    parts = [
        _names("labels", difference.labels_added, difference.labels_removed),
        _words(difference.words_added, difference.words_removed),
        *(_change(name, *pair) for name, pair in difference.changed.items()),
    ]
    return "; ".join(part for part in parts if part)


def _names(what: str, added: tuple[str, ...], removed: tuple[str, ...]) -> str:
    plus = f" [green]+ {escape(', '.join(added))}[/]" if added else ""
    minus = f" [red]- {escape(', '.join(removed))}[/]" if removed else ""
    return f"{what}{plus}{minus}" if plus or minus else ""


def _words(added: Words, removed: Words) -> str:
    plus = f" [green]+{added.count:,}[/] ({_first(added)})" if added.count else ""
    minus = f" [red]-{removed.count:,}[/] ({_first(removed)})" if removed.count else ""
    return f"words{plus}{minus}" if plus or minus else ""


def _first(words: Words) -> str:
    more = " …" if words.count > len(words.first) else ""
    return escape(short(" ".join(words.first))) + more


def _change(name: str, before: object, after: object) -> str:
    if name == "description":
        return "description changed" if before and after else "description new" if after else "no description"
    return f"{FIELDS[name]} {_value(before)} → {_value(after)}"


def _value(value: object) -> str:
    return (
        {True: "yes", False: "no", "": "none"}.get(value, str(value)) if isinstance(value, bool | str) else str(value)
    )
