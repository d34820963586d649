"""The commands media-audit services start, stop, status: the embedded PostgreSQL and Valkey without the workers."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.table import Table

from app.cli.output import CRASHED, OK, out, print_json
from app.local import services as local
from app.settings import get_settings


@click.group()
def services() -> None:
    """The embedded PostgreSQL and Valkey: start, stop, status."""


@services.command()
def start() -> None:
    """Start them; they run until `services stop`."""
    local.start(get_settings().home)
    _show()


@services.command()
def stop() -> None:
    """Stop them."""
    ran = local.stop(get_settings().home)
    click.echo("stopped" if ran else "they did not run")


@services.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show whether they run and where; exit code 1 when one does not."""
    found = local.status(get_settings().home)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        _show()
    context.exit(OK if all(one.running for one in found) else CRASHED)


def _show() -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("", "", "version", "process"):
        table.add_column(name)
    for one in local.status(get_settings().home):
        where = one.address if one.running else "[dim]not running[/]"
        table.add_row(one.name, where, one.version, str(one.pid or ""))
    out().print(table)
