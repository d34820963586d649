"""The command media-audit audit: who did what, and when."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC

import click

from app.access.audit import EntryShown, entries
from app.cli.output import one_line, out, print_json, titled
from app.db import transaction
from app.domain.access.audited import Acted, act_named
from app.local.ready import database

LIMIT = 50  # entries, unless the user wants others


@click.command()
@click.option("--actor", default="", help="Only acts of this user.")
@click.option("--act", type=click.Choice([one.value for one in Acted]), default=None, help="Only acts of this kind.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=LIMIT, show_default=True, help="So many entries.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(actor: str, act: str | None, limit: int, as_json: bool) -> None:
    """Show who did what and when, the newest first: on the page, over the API and by command."""
    with database(), transaction() as session:
        found = entries(session, actor=actor, act=act_named(act or ""), limit=limit).entries
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        _show(found)
    else:
        click.echo("no such entry" if actor or act else "no entry yet: no user has changed anything")


def _show(found: tuple[EntryShown, ...]) -> None:
    table = titled("audit")
    for name in ("number", "at (UTC)", "actor", "via", "act", "of", ""):
        table.add_column(name, justify="right" if name == "number" else "left")
    for one in found:
        details = json.dumps(one.details, ensure_ascii=False) if one.details else ""
        at = f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(str(one.id), at, one_line(one.actor), one.via, one.act, one_line(one.target), details)
    out().print(table, markup=False)
