"""The commands media-audit up and down: run Media Audit permanently, and stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import click
from rich.console import Group
from rich.live import Live
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from app.access import links
from app.access.links import Link
from app.cli.output import err, out
from app.cli.screen import screen
from app.db import transaction
from app.domain.access.entry import Entry, Way
from app.home.directory import open_home
from app.local import services
from app.local.exporter import Exporter, exporter_for
from app.local.fleet import Flower, fleet, flower_for, lock_file, running_metrics, running_page
from app.local.processes import Processes, stop_running
from app.local.ready import database
from app.operations import run_until_idle
from app.settings import Settings, get_settings
from app.status.overview import status
from app.web.entry import entry_of

REFRESH = 2.0  # seconds between two updates of the screen


@click.command(epilog="Exit codes: 0 after Ctrl-C or `media-audit down`, 2 for a wrong setting.")
@click.option("--exporter", "wants_exporter", is_flag=True, help="Metrics of workers and tasks, by celery-exporter.")
def up(wants_exporter: bool) -> None:
    """Run for good: services, workers, beat, relay, consumer, metrics, page, Flower. Ctrl-C or `down` ends it."""
    run_until_idle.check(get_settings())
    entry = entry_of(get_settings())
    exporter = exporter_for(get_settings(), open_home(get_settings().home)) if wants_exporter else None
    err().print("starting services and workers …")
    with database(waiting=lambda line: err().print(line, markup=False)) as settings:
        flower = flower_for(settings)
        run = fleet(settings, flower=flower, exporter=exporter, page=True, first=run_until_idle.free_orphans)
        with run as processes, suppress(KeyboardInterrupt, SystemExit):
            run_until_idle.poll_now(settings)
            link = sign_in_link(entry)
            _watch(lambda: addresses(settings, flower, exporter, link), processes)
        err().print("stopped")


@click.command()
def down() -> None:
    """Stop what `up` or `demo --keep` left running in this home, and its embedded services."""
    settings = get_settings()
    ran = stop_running(lock_file(settings))
    stopped = services.stop(settings.home)
    click.echo("stopped" if ran or stopped else "nothing ran in this home")


def sign_in_link(entry: Entry) -> Link | None:
    """A link that signs in once: acts of operators need a session wherever the page listens, unless a proxy has it."""
    if entry.way is Way.PROXY:
        return None
    with transaction() as session:
        return links.make(session)


def addresses(
    settings: Settings, flower: Flower | None, exporter: Exporter | None = None, link: Link | None = None
) -> Table:
    """The addresses of all services. Shows no password: those are in files that only their owner may read."""
    home = settings.home
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("[bold]Media Audit[/]", str(home))
    if url := running_page(settings):
        table.add_row("page", f"[bold]{url}[/]")
        if link is not None:
            table.add_row("sign in", sign_in_row(url, link))
    for service in services.status(home):
        if service.running:
            table.add_row(service.name, f"{service.address}  [dim]{service.version}[/]")
    if flower is not None:
        where = "FLOWER_PASSWORD" if settings.flower_password else home / "secrets/flower"
        table.add_row("Flower", f"{flower.url}  user {flower.user}, password in {where}")
    if url := running_metrics(settings):
        table.add_row("metrics", url)
    if exporter is not None:
        table.add_row("Celery exporter", exporter.url)
    table.add_row("logs", str(home / "logs"))
    return table


def sign_in_row(url: str, link: Link) -> str:
    """The link while it holds, then the command that makes another."""
    if datetime.now(UTC) >= link.until:
        return "media-audit users link"
    return f"{url}{link.path}  [dim]once, until {link.until.astimezone(UTC):%H:%M} UTC[/]"


def _watch(head: Callable[[], Table], processes: Processes) -> None:
    """Shows a live table on a terminal; elsewhere prints the addresses once."""
    console = out()
    if not console.is_terminal:
        console.print(head())
        while True:
            time.sleep(3600)
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            shown = head()  # each time: the metrics process may have moved to another port
            live.update(_screen(shown, processes, console.width, console.height), refresh=True)
            time.sleep(REFRESH)


def _screen(head: Table, processes: Processes, width: int, height: int) -> Group:
    restarts = {name: count for name, count in processes.restarts().items() if count}
    remarks = [
        f"[red]{name} ended by itself {count} times and was started again[/]" for name, count in restarts.items()
    ]
    try:
        with transaction() as session:
            now = screen(status(session), width, height - head.row_count - 2 - len(remarks), services=False)
    except SQLAlchemyError as error:  # may come back: show the error and go on
        return Group(head, f"\n[red]the database does not answer: {type(error).__name__}[/]", *remarks)
    return Group(head, now, *remarks, "[dim]Ctrl-C stops everything[/]")
