"""The command media-audit alerts: tells webhooks, chats and feeds of new hits of saved searches."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from app.alerts import acts, feeds, lists, signing
from app.alerts import preview as past
from app.alerts.resend import resend as send_again
from app.cli.actor import actor
from app.cli.output import out, print_json
from app.cli.show_alerts import show_alerts, show_hits, show_preview
from app.db import transaction
from app.domain.flow import Call
from app.local.fleet import page_address
from app.local.ready import database
from app.settings import Settings

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
NEGATIVE = {"ignore_unknown_options": True}  # chats of groups have negative numbers


@click.group()
def alerts() -> None:
    """Tell webhooks, chats and feeds of new hits of saved searches."""


@alerts.command(context_settings=NEGATIVE)
@click.argument("search")
@click.option("--name", default="", help="Its name; default: that of the search.")
@click.option("--webhook", "webhooks", multiple=True, metavar="URL", help="Send signed webhooks to this address.")
@click.option("--telegram", "chats", multiple=True, metavar="CHAT", help="Let the bot write to this chat.")
@click.option("--feed", is_flag=True, help="Keep a feed, which readers fetch.")
@click.option("--again", is_flag=True, help="Tell anew of an edit or a better reading.")
@click.option("--secret-stdin", is_flag=True, help="Read the secret of the webhooks from standard input.")
@AS_JSON
def add(
    search: str,
    name: str,
    webhooks: tuple[str, ...],
    chats: tuple[str, ...],
    feed: bool,
    again: bool,
    secret_stdin: bool,
    as_json: bool,
) -> None:
    """Make an alert on the saved search SEARCH. It fires for posts from now on.

    The signing secret of webhooks is printed this once: the receiver needs it.
    """
    secret = sys.stdin.readline().strip() if secret_stdin else None
    wanted = acts.Wanted(search, name, webhooks, chats, feed, again, secret)
    with database() as settings, transaction() as session:
        made = acts.add(session, actor(), wanted)
    if as_json:
        own = page_address(settings) + made.feed if made.feed else None
        print_json({"name": made.name, "secret": made.secret, "feed": own})
        return
    click.echo(f"the alert {made.name} fires from now on")
    if made.secret and not secret_stdin:
        click.echo(f"signing secret of its webhooks, shown this once: {made.secret}")
    if made.feed:
        click.echo(f"address of its feed, shown this once: {page_address(settings)}{made.feed}")
        _hint(settings)


@alerts.command("list")
@AS_JSON
def list_(as_json: bool) -> None:
    """Show the alerts."""
    with database(), transaction() as session:
        found = lists.alerts(session)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        show_alerts(out(), found)


@alerts.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the alert NAME, with the list of its hits."""
    with database(), transaction() as session:
        acts.remove(session, actor(), name)


@alerts.command()
@click.argument("name")
def pause(name: str) -> None:
    """Stop the alert NAME from firing, until `resume`."""
    with database(), transaction() as session:
        acts.pause(session, actor(), name)


@alerts.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let the alert NAME fire again, for posts from now on."""
    with database(), transaction() as session:
        acts.resume(session, actor(), name)


@alerts.command()
@click.argument("search")
@click.option("--days", type=click.IntRange(1, 365), default=past.DAYS, show_default=True, help="To look back over.")
@click.option("--limit", type=click.IntRange(1, 1000), default=past.SHOWN, show_default=True, help="Posts to show.")
@AS_JSON
def preview(search: str, days: int, limit: int, as_json: bool) -> None:
    """Show the posts of the last days for which an alert on SEARCH would have fired."""
    with database(), transaction() as session:
        found = past.preview_of(session, search, days=days, limit=limit)
    if as_json:
        print_json(asdict(found))
    else:
        show_preview(out(), found)


@alerts.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=lists.PAGE, show_default=True, help="Hits of a page.")
@click.option("--cursor", help="The next page: the cursor that the page before has given.")
@AS_JSON
def deliveries(name: str, limit: int, cursor: str | None, as_json: bool) -> None:
    """Show the hits of the alert NAME, and how each address was told of them."""
    with database(), transaction() as session:
        page = lists.hits(session, lists.alert(session, name), cursor=cursor, limit=limit)
    if as_json:
        print_json(asdict(page))
    else:
        show_hits(out(), page)


@alerts.command()
@click.argument("hit", type=int)
@click.argument("destination", type=int)
def resend(hit: int, destination: int) -> None:
    """Send HIT to DESTINATION once more, with the id that it had; numbers as `deliveries` shows them."""
    with database():
        with transaction() as session:
            _, call = send_again(session, actor(), hit, destination)
        _publish(call)
    click.echo("it will be sent once more")


@alerts.command()
@click.argument("name")
@click.option("--end-old", is_flag=True, help="Sign with the newest secret alone from now on.")
def secret(name: str, end_old: bool) -> None:
    """Give the webhooks of the alert NAME a new signing secret, which is printed this once.

    The one of before signs beside it until --end-old, so that the receiver may change at any time.
    """
    with database(), transaction() as session:
        if end_old:
            signing.end_old(session, actor(), name)
        else:
            click.echo(signing.renew(session, actor(), name).secret)


@alerts.command("feed")
@click.argument("name")
@click.option("--revoke", is_flag=True, help="End its address, without a new one.")
def feed_(name: str, revoke: bool) -> None:
    """Give the alert NAME a feed, or its feed a new address, which is printed this once. The one before ends."""
    with database() as settings, transaction() as session:
        if revoke:
            feeds.revoke(session, actor(), name)
            return
        path = feeds.renew(session, actor(), name).path
    click.echo(page_address(settings) + path)
    _hint(settings)


def _hint(settings: Settings) -> None:
    if settings.web_url is None:
        click.echo("set WEB_URL, the page's address: until then entries link to Telegram alone", err=True)


def _publish(call: Call) -> None:
    from app.tasks.publish import publish  # late: imports Celery, configured for services that run by now

    publish([call])
