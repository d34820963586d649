"""The command media-audit digest: topics that stand out in a period, each with a sentence and its posts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from app.ask.digest import LIMIT
from app.ask.digest import digest as summed_up
from app.cli.output import NUMBERS, out, print_json
from app.cli.show_digest import show
from app.db import snapshot
from app.domain.query.since import begin
from app.errors import UserError
from app.local.ready import database


@click.command(context_settings=NUMBERS)
@click.option(
    "--since", default="24h", show_default=True, help="24h, 7d, P1W, a day (UTC) or a time: the period ends now."
)
@click.option("--channel", help="Only this one: @name, title or number; compared with its own weeks before.")
@click.option("--limit", type=click.IntRange(1, 100), default=LIMIT, show_default=True, help="Lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def digest(since: str, channel: str | None, limit: int, as_json: bool) -> None:
    """Show the topics of a period that stand out against the four weeks before.

    A topic has three sources or more; copies and forwards of one post are one source. Each line is a sentence of a
    post, letter for letter, with its posts. docs/digest.md tells how they are chosen.
    """
    now = datetime.now(UTC)
    try:
        begins = begin(since, now)
    except ValueError as error:
        raise UserError(f"--since {error}") from error
    with database(), snapshot() as session:
        found = summed_up(session, begins, channel, limit, now)
    if as_json:
        print_json(asdict(found))
    else:
        show(out(), found)
