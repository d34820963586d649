"""media-audit demo: everything that Media Audit does, on sample channels, in a few minutes."""

from __future__ import annotations

import click

from app.cli.output import CRASHED, OK, err, out, print_json
from app.cli.progress import flow_bar
from app.cli.ready import running_services
from app.cli.show_demo import as_json, show_demo
from app.demo import home as places
from app.demo.play import Played, play


@click.command(epilog="Exit codes: 0 when every check held, 1 when one did not, 2 for a wrong setting or argument.")
@click.option("--keep", is_flag=True, help="Leave services and workers running; `media-audit down` stops them.")
@click.option("--json", "json_", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def demo(context: click.Context, keep: bool, json_: bool) -> None:
    """Run the whole flow on sample channels and check the result. Needs no account and no network.

    A Telegram server on this machine plays three channels. They are read, their albums put together, files downloaded,
    pictures read, posts tagged and indexed; then new posts, edits and deletions arrive; then everything once more.
    The demo has a home of its own, MEDIA_AUDIT_HOME or ~/.local/share/media-audit-demo, and empties it first.
    """
    home = places.default_home()
    places.seclude(home)
    places.claim(home)
    with running_services(), flow_bar(err(), "starting") as notice:
        played = play(home, notice.say, notice)
    if json_:
        print_json(as_json(played))
    else:
        show_demo(out(), played)
    context.exit(OK if played.held else CRASHED)


__all__ = ["Played", "demo"]
