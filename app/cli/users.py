"""The command media-audit users: the users of the page, their passwords, sessions and one-time links."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import click

from app.access import sessions, user_acts
from app.access import users as kept
from app.cli.actor import actor
from app.cli.output import ago, one_line, out, print_json, titled
from app.db import now, transaction
from app.domain.access.passwords import LONGEST
from app.domain.access.roles import Role
from app.errors import UserError
from app.local.fleet import page_address
from app.local.ready import database

ROLE = click.Choice([role.value for role in Role])
FROM_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
SURE = click.option("--sure", is_flag=True, help="Also if no operator with a password is left.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def users() -> None:
    """The users of the page: readers look and ask, editors keep searches too, operators do everything."""


@users.command()
@click.argument("name")
@click.option("--role", type=ROLE, required=True)
@FROM_STDIN
@click.option("--no-password", is_flag=True, help="For a user that a proxy names, or that enters by a link.")
def add(name: str, role: str, password_stdin: bool, no_password: bool) -> None:
    """Add the user NAME. Asks for the password twice."""
    if no_password and password_stdin:
        raise UserError("give --no-password or --password-stdin, not both")
    with database():
        with transaction() as session:
            kept.check_free(session, name)  # before a password is typed for nothing
        secret = None if no_password else _password(password_stdin)
        with transaction() as session:
            user, _ = user_acts.add(session, actor(), name, Role(role), secret)
    click.echo(f"{user.name} is {user.role}")


@users.command("list")
@AS_JSON
def list_(as_json: bool) -> None:
    """Show all users: role, since when, last seen, open sessions."""
    with database(), transaction() as session:
        found, moment = kept.users(session), now(session)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        click.echo("no user yet: `media-audit users add NAME --role operator` adds one")
        return
    table = titled("users")
    for name in ("name", "role", "since", "last seen", "sessions", ""):
        table.add_column(name)
    for one in found:
        seen = _ago(moment, one.last_seen)
        remark = "" if one.has_password else "no password"
        table.add_row(one.name, one.role, f"{one.since.astimezone(UTC):%Y-%m-%d}", seen, str(one.sessions), remark)
    out().print(table, markup=False)


@users.command()
@click.argument("name")
@SURE
def remove(name: str, sure: bool) -> None:
    """Remove the user NAME and end its sessions at once."""
    with database(), transaction() as session, _told():
        ended, _ = user_acts.remove(session, actor(), name, sure=sure)
    click.echo(f"removed; sessions ended: {ended}")


@users.command()
@click.argument("name")
@FROM_STDIN
def password(name: str, password_stdin: bool) -> None:
    """Give the user NAME another password and end its sessions at once."""
    with database():
        with transaction() as session:
            kept.required(session, name)  # before a password is typed for nothing
        secret = _password(password_stdin)
        with transaction() as session:
            ended, _ = user_acts.set_password(session, actor(), name, secret)
    click.echo(f"changed; sessions ended: {ended}")


@users.command()
@click.argument("name")
@click.argument("role", type=ROLE)
@SURE
def role(name: str, role: str, sure: bool) -> None:
    """Give the user NAME another role. Open sessions have it at once."""
    with database(), transaction() as session, _told():
        user_acts.set_role(session, actor(), name, Role(role), sure=sure)


@users.command("sessions")
@click.argument("name", required=False)
@AS_JSON
def sessions_(name: str | None, as_json: bool) -> None:
    """Show the open sessions of the user NAME, or of all."""
    with database(), transaction() as session:
        found = sessions.open_sessions(session, kept.required(session, name) if name else None)
        moment = now(session)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        click.echo("no session is open")
        return
    table = titled("open sessions")
    for column in ("number", "user", "role", "last seen", "browser"):
        table.add_column(column)
    for one in found:
        seen = _ago(moment, one.last_seen)
        table.add_row(str(one.id), one.name or "one-time link", one.role, seen, one_line(one.agent))
    out().print(table, markup=False)


@users.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "name", metavar="NAME", help="All sessions of this user.")
def revoke(number: int | None, name: str | None) -> None:
    """End the session NUMBER at once, or all sessions of a user."""
    if (number is None) is (name is None):
        raise UserError("say which: NUMBER as `users sessions` shows it, or --all NAME")
    with database(), transaction() as session:
        if number is not None:
            user_acts.revoke(session, actor(), number)
        ended = user_acts.revoke_all(session, actor(), name)[0] if name is not None else 1
    click.echo(f"ended: {ended}")


@users.command()
@click.argument("name", required=False)
def link(name: str | None) -> None:
    """Print a link that signs in once, within ten minutes: as the user NAME, or as an operator without a name."""
    with database() as settings, transaction() as session:
        made, _ = user_acts.make_link(session, actor(), name)
        click.echo(page_address(settings) + made.path)
    click.echo(f"valid until {made.until.astimezone(UTC):%H:%M} UTC, for one sign-in", err=True)


@contextmanager
def _told() -> Iterator[None]:
    """Adds to the warning how the user says that it is meant."""
    try:
        yield
    except user_acts.LastOperator as error:
        raise UserError(f"{error}. If that is meant, repeat it with --sure") from None


def _password(from_stdin: bool) -> str:
    """The password, typed twice without echo, or from standard input: never an argument, which other users can see."""
    if from_stdin:
        return sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UserError("no terminal to ask for the password: give it on standard input, with --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _ago(moment: datetime, at: datetime | None) -> str:
    return f"{ago((moment - at).total_seconds())} ago" if at else "never"
