"""The command media-audit search: finds posts by their texts and pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from app import wiring
from app.cli.explain_hit import WHERE, show_why
from app.cli.output import out, print_json, short, titled
from app.cli.words import QueryCommand
from app.db import transaction
from app.local.ready import database
from app.search.counts import Counts
from app.search.filters import read_filters
from app.search.hits import Hit
from app.search.query import Order, Page, counts_of, find
from app.search.ranked import MEANING


@click.command(cls=QueryCommand)
@click.argument("words", nargs=-1, required=True)
@click.option("--channel", help="Only this one: @name, title or number.")
@click.option("--since", type=click.DateTime(), help="Only posts from this day on (UTC).")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits of a page.")
@click.option(
    "--order",
    type=click.Choice(["relevance", "date"]),
    help="`date`: exactly the posts that match, the newest first. Default: relevance, near meaning included.",
)
@click.option("--cursor", help="The next page: the cursor that the page before has given.")
@click.option("--exact", is_flag=True, help="Correct no word, even one that no post has.")
@click.option("--explain", "explained", is_flag=True, help="Below each hit: which lists have it, and by which words.")
@click.option("--facets", is_flag=True, help="Also count the hits by channel, kind, tag and so on.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON: a list of hits; with --order, --cursor or --facets an object with hits, cursor, notes, facets.",
)
def search(
    words: tuple[str, ...],
    channel: str | None,
    since: datetime | None,
    limit: int,
    order: Order | None,
    cursor: str | None,
    exact: bool,
    explained: bool,
    facets: bool,
    as_json: bool,
) -> None:
    """Find posts by words and by meaning, also words inside pictures, in Russian and English.

    WORDS are a query in the language of docs/search.md: "a phrase", -without, either OR other, channel:news kind:photo
    tag:metro has:ocr date:P1W. The same names exist in Russian.
    """
    query = " ".join(words)
    with database(), transaction() as session:
        filters = read_filters(session, channel, since)
        page = find(
            session,
            query,
            embedder=wiring.embedder(),
            order=order or "relevance",
            limit=limit,
            cursor=cursor,
            filters=filters,
            corrected=not exact,
            explained=explained,
        )
        counted = counts_of(session, query, filters) if facets else None
    if not as_json:
        show_page(out(), page, counted)
    elif order or cursor or facets:
        print_json(asdict(page) | {"facets": counted and asdict(counted)})
    else:
        print_json([asdict(hit) for hit in page.hits])


def show_page(console: Console, page: Page, counted: Counts | None) -> None:
    """Prints the hits, the counts of their facets, and how to go on."""
    for one in page.corrections:
        console.print(f"no post has {escape(one.word)}: searched for [bold]{escape(one.by)}[/] (--exact does not)")
    show_hits(console, page.hits)
    if counted is not None:
        console.print(facet_table(counted))
    for note in page.notes:
        console.print(f"[dim]{escape(note)}[/]")
    if page.cursor is not None:
        console.print(f"[dim]more: the same search with --cursor {page.cursor}[/]")


def facet_table(counted: Counts) -> Table:
    """A line for each name, the most frequent values first."""
    if counted.values is None:
        return titled("counting by facets took too long: add a word or a filter")
    table = titled(f"of {'more than ' if counted.more else ''}{counted.hits} posts with these words and filters")
    for name, values in sorted(counted.values.items()):
        shown = ", ".join(f"{escape(short(value))} {number}" for value, number in values.items())
        table.add_row(f"[bold]{escape(name)}[/]", shown)
    return table


def show_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Prints the hits, the best first: place, time, matched words, tags."""
    for hit in hits:
        day = f"{hit.posted_at:%Y-%m-%d %H:%M}" if hit.posted_at else ""
        gone = " [red]deleted[/]" if hit.deleted_at else ""
        channel = escape(short(hit.channel))
        console.print(f"\n[bold]{hit.permalink or channel}[/]  {channel}, {day}{gone}")
        console.print(Padding(marked(hit.snippet), (0, 0, 0, 2)))
        where = ", ".join(words for name, words in WHERE.items() if name in hit.where) or _otherwise(hit)
        console.print(Padding(f"[dim]found {where}; tags: {escape(', '.join(hit.tags)) or 'none'}[/]", (0, 0, 0, 2)))
        if hit.explained is not None:
            show_why(console, hit.explained)
    if not hits:
        console.print("nothing found")


def _otherwise(hit: Hit) -> str:
    """Why a hit is one that has no word of the query as a word."""
    return "near in meaning" if MEANING in hit.where else "by its filters, pattern or code"


def marked(snippet: str) -> str:
    """The snippet in rich's markup; it has matched words between **."""
    return re.sub(r"\*\*(.+?)\*\*", r"[bold yellow]\1[/]", escape(snippet))
