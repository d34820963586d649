"""The command media-audit doctor: runs all checks of the installation and prints results and remedies."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape
from rich.table import Table

from app.cli.output import CRASHED, OK, out, print_json
from app.doctor.check import CheckResult
from app.doctor.checks import examine
from app.local.ready import database


@click.command(epilog="Exit codes: 0 when all is well, 1 when something is not.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--migrate/--no-migrate", default=False, help="Bring the schema to the newest revision first.")
@click.pass_context
def doctor(context: click.Context, as_json: bool, migrate: bool) -> None:
    """Examine settings, services, schema, models, room and session; name the remedy for what is wrong."""
    with database(migrate=migrate) as settings:
        found = examine(settings)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        out().print(_table(found))
    context.exit(OK if all(one.ok for one in found) else CRASHED)


def _table(found: list[CheckResult]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in found:
        mark = "[green]✓[/]" if one.ok else "[red]✗[/]"
        detail = escape(one.detail) + (f"\n[bold]{escape(one.remedy)}[/]" if one.remedy else "")
        table.add_row(mark, one.name, detail)
    return table
