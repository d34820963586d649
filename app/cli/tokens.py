"""The command media-audit tokens: the tokens of programs that use the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from app.access import api_tokens as kept
from app.access import users
from app.cli.actor import actor
from app.cli.output import ago, one_line, out, print_json, titled
from app.db import now, transaction
from app.domain.access.api_tokens import DAYS, MOST_DAYS
from app.domain.access.roles import Role
from app.domain.access.scopes import Scope
from app.local.ready import database
from app.search.filters import find_channels

SCOPES = click.Choice([scope.value for scope in Scope])
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def tokens() -> None:
    """Tokens of programs that use the API: each for its scopes, its channels and its days."""


@tokens.command()
@click.argument("name")
@click.option("--scope", "scopes", type=SCOPES, multiple=True, required=True, help="May be given several times.")
@click.option("--user", help="Whose it is: it may never do more than this user. Without: of an operator.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True, help="Until it ends.")
@click.option("--channel", "channels", multiple=True, help="Only answers about these channels; else about all.")
@AS_JSON
def add(
    name: str, scopes: tuple[str, ...], user: str | None, days: int, channels: tuple[str, ...], as_json: bool
) -> None:
    """Make a token for the program NAME. It is printed once and kept nowhere: write it where the program reads it."""
    with database(), transaction() as session:
        owner = users.required(session, user) if user else None
        ids = [id_ for one in channels for id_ in find_channels(session, one)] if channels else None
        whose = kept.Owner(owner, Role(owner.role) if owner else Role.OPERATOR)
        made = kept.make(session, actor(), whose, kept.Wanted(name, scopes, days, ids))
    if as_json:
        told = asdict(made)
        print_json({key: told[key] for key in ("id", "name", "token", "expires_at")})
        return
    click.echo(made.token)
    click.echo(f"token {made.id}, until {made.expires_at.astimezone(UTC):%Y-%m-%d}; it is shown only now", err=True)


@tokens.command("list")
@click.argument("user", required=False)
@AS_JSON
def list_(user: str | None, as_json: bool) -> None:
    """Show the tokens of USER, or of all: what each may do, when it was used, when it ends."""
    with database(), transaction() as session:
        owner = users.required(session, user) if user else None
        moment = now(session)
        page = kept.api_tokens(session, owner)
        found = list(page.tokens)
        while page.cursor:
            page = kept.api_tokens(session, owner, page.cursor)
            found += page.tokens
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = titled("tokens" if found else "no token yet: `media-audit tokens add NAME --scope read` makes one")
    if found:
        for column in ("id", "name", "user", "scopes", "channels", "used", "ends"):
            table.add_column(column)
    for one in found:
        table.add_row(*_row(one, moment))
    out().print(table, markup=False)


def _row(one: kept.TokenShown, moment: datetime) -> tuple[str, ...]:
    channels = "all" if one.channels is None else ", ".join(one.channels)
    used = f"{ago((moment - one.last_used_at).total_seconds())} ago" if one.last_used_at else "never"
    end = f"{one.expires_at.astimezone(UTC):%Y-%m-%d}" if one.holds else "over"
    return str(one.id), one_line(one.name), one.user or one.role, ", ".join(one.scopes), channels, used, end


@tokens.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End the token NUMBER at once."""
    with database(), transaction() as session:
        kept.revoke(session, actor(), number)
    click.echo("ended")
