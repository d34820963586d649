"""The command media-audit demo: runs the whole flow on sample channels in a few minutes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from app.cli.output import CRASHED, OK, err, out, print_json
from app.cli.progress import flow_bar
from app.cli.show_demo import as_json, show_demo
from app.cli.up import addresses
from app.demo import home as places
from app.demo import keep as background
from app.demo.play import Played, play
from app.demo.questions.sample import COUNT
from app.domain.flow import Call
from app.local.fleet import running_flower
from app.local.ready import running_services


@click.command(epilog="Exit codes: 0 when every check held, 1 when one did not, 2 for a wrong setting or argument.")
@click.option("--keep", is_flag=True, help="Leave services and workers running; `media-audit down` stops them.")
@click.option("--json", "json_", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def demo(context: click.Context, keep: bool, json_: bool) -> None:
    """Run the whole flow on sample channels and check the result. Needs no account and no network.

    A Telegram server on this machine plays three channels. They are read, their albums put together, files downloaded,
    pictures read, posts tagged and indexed; then new posts, edits and deletions arrive. Three questions are asked; then
    everything once more.
    The demo has a home of its own, MEDIA_AUDIT_HOME or ~/.local/share/media-audit-demo, and empties it first.
    """
    home = places.default_home()
    places.seclude(home)
    places.claim(home)
    with running_services(), flow_bar(err(), "starting") as notice:
        played = play(home, notice.say, notice, _publish)
    conclude(context, played, json_=json_, keep=home if keep else None)


def conclude(context: click.Context, played: Played, *, json_: bool, keep: Path | None) -> None:
    """Prints the report and ends the command, with 1 if a check did not hold. keep: the home that goes on, or None."""
    if json_:
        print_json(as_json(played))
    else:
        show_demo(out(), played)
    if keep is not None:
        _keep(keep)
    context.exit(OK if played.held else CRASHED)


def _keep(home: Path) -> None:
    """Starts the demo in the background, and prints how to use it and how to end it."""
    settings = background.start(home)
    console = err()
    console.print("\n[bold]The demo goes on in the background.[/]")
    console.print(addresses(settings, running_flower(settings)))
    console.print(f"\nLook around:  export MEDIA_AUDIT_HOME={home}", soft_wrap=True)
    console.print("              media-audit search lamp")
    console.print(f'              media-audit ask "{COUNT.text}"', soft_wrap=True)
    console.print("              media-audit status")
    console.print("End it:       media-audit down")


def _publish(calls: Iterable[Call]) -> None:
    from app.tasks.publish import publish  # late: imports Celery, configured for services that run by now

    publish(calls)
