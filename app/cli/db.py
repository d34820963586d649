"""The commands media-audit db url, upgrade, locks: the database's address, its schema, and blockers of a migration."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from app.db import engine
from app.migrations.lock_diagnosis import LockAnswer, diagnose
from app.migrations.run import run_migrations, schema_state
from app.settings import get_settings


@click.group()
def db() -> None:
    """The database: address, schema, locks."""


@db.command()
def url() -> None:
    """Print an address that any PostgreSQL client can use (it holds the password)."""
    click.echo(get_settings().database().replace("postgresql+psycopg://", "postgresql://", 1))


@db.command()
@click.option("--patience", default=600.0, show_default=True, help="Seconds to wait for others in all.")
def upgrade(patience: float) -> None:
    """Bring the schema to the newest revision; safe beside live traffic, and safe to repeat."""
    before, _ = schema_state(engine())
    run_migrations(get_settings().database(), patience)
    after, _ = schema_state(engine())
    click.echo(f"schema is at {after}" + ("" if before != after else ", as before"))


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def locks(as_json: bool) -> None:
    """Show who blocks whom, open transactions, the migrator and INVALID indexes."""
    with engine().connect() as connection:
        findings = diagnose(connection)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        return
    for finding in findings:
        show(finding)


def show(finding: LockAnswer) -> None:
    """Prints one finding as a table, or `none`."""
    console = Console()
    console.print(f"\n{finding.title}", style="bold", markup=False)
    if not finding.rows:
        console.print("  none", style="dim")
        return
    table = Table(*finding.columns)
    for row in finding.rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)
