"""Shows a digest: lines with their sentence, numbers, tags and posts."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from app.cli.output import indented, short
from app.domain.ask.answer import Source
from app.domain.digest.digest import Digest, DigestLine, DigestPeriod, DigestPost, Reason
from app.domain.digest.headline import LONGEST
from app.domain.digest.topics import Kind
from app.domain.documents import opening

NEVER = 0.05  # shown as 0.0: not one publication in twenty such periods


def show(console: Console, found: Digest) -> None:
    """Prints the period, its lines, and the notes."""
    console.print(f"[bold]{_period(found.period)}[/]")
    for number, line in enumerate(found.lines, start=1):
        _line(console, number, line)
    if found.lines:
        console.print()
    for note in found.notes:
        console.print(f"[dim]{escape(note)}[/]")
    if found.more:
        console.print(f"[dim]{found.more} more: --limit {len(found.lines) + found.more}[/]")


def _period(period: DigestPeriod) -> str:
    return (
        f"{period.since:%Y-%m-%d %H:%M} to {period.until:%Y-%m-%d %H:%M} UTC, {_counted(period.posts, 'post')}; "
        f"compared with {period.compared_since} to {period.compared_until}"
    )


def _line(console: Console, number: int, line: DigestLine) -> None:
    console.print(f"\n{number}. {_headline(line)}")
    sources = f"{_counted(line.posts, 'post')} in {_counted(line.channels, 'channel')}, {_sources(line)}"
    tags = f"; tags: {escape(', '.join(map(short, line.tags)))}" if line.tags else ""
    indented(console, 3, f"[dim]{sources}; {_usual(line.reasons[0])}{tags}[/]")
    for post in line.shown:
        indented(console, 3, _post(post, first=line.headline is not None and post == line.headline.post))
    if line.posts > len(line.shown):
        console.print(f"   [dim]and {line.posts - len(line.shown)} more[/]")


def _headline(line: DigestLine) -> str:
    if line.headline is None:
        return "[dim]no sentence to show: see the posts[/]"
    where = " [dim](in a picture)[/]" if line.headline.source is Source.OCR else ""
    return f"[bold]{escape(opening(line.headline.text, LONGEST))}[/]{where}"


def _sources(line: DigestLine) -> str:
    return _counted(line.sources, "source")


def _usual(reason: Reason) -> str:
    """The number that the weeks before let expect, of the thing that the posts share."""
    thing = {Kind.TAG: f"the tag {escape(short(reason.name))}", Kind.COPIES: "copies of one post"}
    number = "none" if reason.usual < NEVER else f"{reason.usual:.1f}"
    return f"{thing.get(reason.kind, 'one picture')}: {reason.posts}, usual {number}"


def _post(post: DigestPost, *, first: bool) -> str:
    marks = [
        "[red]deleted[/]" if post.deleted_at else "",
        "[yellow]edited[/]" if post.edited_at else "",
        "[dim]copy[/]" if post.copy else "",
    ]
    mark = "*" if first else "-"
    channel = escape(short(post.channel))
    line = f"{mark} {post.permalink or channel}  {channel}, {post.posted_at:%Y-%m-%d %H:%M}"
    return " ".join([line, *filter(None, marks)])


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
