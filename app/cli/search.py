"""The command media-audit search: finds posts by their texts and pictures."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from app import wiring
from app.cli.output import out, print_json, short
from app.db import transaction
from app.local.ready import database
from app.search.query import Hit
from app.search.query import search as find

WHERE = {"text": "in the text", "ocr": "inside a picture", "labels": "in what is seen", "tags": "in the tags"}


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--channel", help="Only this one: @name, title or number.")
@click.option("--since", type=click.DateTime(), help="Only posts from this day on (UTC).")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(words: tuple[str, ...], channel: str | None, since: datetime | None, limit: int, as_json: bool) -> None:
    """Find posts by words and by meaning, also words inside pictures, in Russian and English."""
    with database(), transaction() as session:
        hits = find(
            session,
            " ".join(words),
            embedder=wiring.embedder(),
            limit=limit,
            channel=channel,
            since=since and since.replace(tzinfo=UTC),
        )
    if as_json:
        print_json([asdict(hit) for hit in hits])
    else:
        show_hits(out(), hits)


def show_hits(console: Console, hits: list[Hit]) -> None:
    """Prints the hits, the best first: place, time, matched words, tags."""
    for hit in hits:
        day = f"{hit.posted_at:%Y-%m-%d %H:%M}" if hit.posted_at else ""
        gone = " [red]deleted[/]" if hit.deleted_at else ""
        channel = escape(short(hit.channel))
        console.print(f"\n[bold]{hit.permalink or channel}[/]  {channel}, {day}{gone}")
        console.print(Padding(marked(hit.snippet), (0, 0, 0, 2)))
        where = ", ".join(words for name, words in WHERE.items() if name in hit.where) or "by meaning"
        console.print(Padding(f"[dim]found {where}; tags: {escape(', '.join(hit.tags)) or 'none'}[/]", (0, 0, 0, 2)))
    if not hits:
        console.print("nothing found")


def marked(snippet: str) -> str:
    """The snippet in rich's markup; it has matched words between **."""
    return re.sub(r"\*\*(.+?)\*\*", r"[bold yellow]\1[/]", escape(snippet))
