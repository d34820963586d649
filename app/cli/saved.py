"""The command media-audit saved: keeps searches under a name, which other searches may name with search:NAME."""

from __future__ import annotations

import click

from app import wiring
from app.alerts import saved as acts
from app.cli.actor import actor
from app.cli.output import out, print_json, titled
from app.cli.search import show_page
from app.cli.words import QueryCommand
from app.db import transaction
from app.local.ready import database
from app.search import saved as kept
from app.search.query import find


@click.group()
def saved() -> None:
    """Keep searches under a name; another search may name them with search:NAME."""


@saved.command(cls=QueryCommand)
@click.argument("name")
@click.argument("words", nargs=-1, required=True)
def add(name: str, words: tuple[str, ...]) -> None:
    """Keep the query WORDS under NAME, in the place of the one that had it."""
    with database(), transaction() as session:
        row, _ = acts.save(session, actor(), name, " ".join(words))
        out().print(f"{row.name}: {row.query}", markup=False)


@saved.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show the saved searches."""
    with database(), transaction() as session:
        rows = [{"name": one.name, "query": one.query} for one in kept.saved_searches(session)]
    if as_json:
        print_json(rows)
        return
    table = titled("saved searches" if rows else "no search is saved: `media-audit saved add NAME WORDS` keeps one")
    for row in rows:
        table.add_row(row["name"], row["query"])
    out().print(table, markup=False)


@saved.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget the search NAME."""
    with database(), transaction() as session:
        acts.remove(session, actor(), name)


@saved.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits of a page.")
def run(name: str, limit: int) -> None:
    """Show the newest posts that the search NAME finds: exactly those that match."""
    with database(), transaction() as session:
        query = kept.required(session, name)
        page = find(session, query, embedder=wiring.embedder(), order="date", limit=limit)
    show_page(out(), page, None)
