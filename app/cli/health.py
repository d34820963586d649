"""The command media-audit health: tells whether a process makes progress, or could do its work."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.cli.output import CRASHED, OK, print_json
from app.health import heartbeat_file
from app.health.checks import check


@click.command(epilog="Exit codes: 0 when it is, 1 when not. `python -m app.health` is the same without half a second.")
@click.argument("what", type=click.Choice(["live", "ready"]))
@click.argument("who")
@click.option(
    "--within", default=heartbeat_file.SILENT, show_default=True, help="Seconds that a process may be silent."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def health(context: click.Context, what: str, who: str, within: float, as_json: bool) -> None:
    """Ask a process of this host and home: live (it makes progress) or ready (it could do its work now).

    WHO: telegram, media, llm, default, beat, relay, consumer, metrics, flower, or a whole name like media@host.
    """
    found = check(what, who, within)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(found.reason)
    context.exit(OK if found.ok else CRASHED)
