"""The command media-audit receive: a receiver of webhooks, for tests and for trying out."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import click

from app.adapters.notifier.inbox import Inbox, Received, Verdict
from app.adapters.notifier.receiver import Receiver, Tell
from app.cli.output import one_line, short
from app.domain.delivery.webhook import is_secret
from app.errors import UserError

VARIABLE = "WEBHOOK_SECRET"
LONGEST = 1_000  # characters of a file of secrets


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=9000, show_default=True, help="0: a free one.")
@click.option("--secret-file", help=f"The alert's signing secret, - for standard input; else {VARIABLE} has it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def receive(host: str, port: int, secret_file: str | None, as_json: bool) -> None:
    """Receive webhooks of alerts and print each notice once, until Ctrl-C.

    Checks signature and time as every receiver should. A notice that comes again is told as double, and a request that
    is not signed with the secret, or is older than five minutes, is refused.
    """
    inbox = Inbox(_secrets(secret_file))
    with _listening(host, port, inbox, _tell_json if as_json else _tell) as receiver, suppress(KeyboardInterrupt):
        click.echo(f"listening on {receiver.address} until Ctrl-C", err=True)
        receiver.serve_forever()


def _listening(host: str, port: int, inbox: Inbox, tell: Tell) -> Receiver:
    try:
        return Receiver(host, port, inbox, tell)
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error


def _secrets(file: str | None) -> tuple[str, ...]:
    """The secrets, one a line: two while they rotate. UserError if there is none, never with its text."""
    found = tuple(_text(file).split())
    if not found or not all(map(is_secret, found)):
        raise UserError(
            "a signing secret begins with whsec_, as the alert showed it: give it in a file by --secret-file, on "
            f"standard input by --secret-file -, or in the environment as {VARIABLE}"
        )
    return found


def _text(file: str | None) -> str:
    if file is None:
        return os.environ.get(VARIABLE, "")
    if file == "-":
        return sys.stdin.read(LONGEST)
    try:
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as a text: {type(error).__name__}") from error


def _tell(received: Received) -> None:
    """A line for people: notices on stdout, all else on stderr."""
    if received.verdict is Verdict.REFUSED:
        click.echo(f"refused: {one_line(received.why)}", err=True)
    elif received.verdict is Verdict.DOUBLE:
        click.echo(f"double: {one_line(received.id)}", err=True)
    else:
        told = received.content.get("data")
        data = told if isinstance(told, dict) else {}
        click.echo(
            f"{_field(data, 'alert')}: {_field(data, 'reason')} in {_field(data, 'channel')}  {_field(data, 'link')}\n"
            f"    {short(str(data.get('text', '')))}"
        )


def _field(data: dict[str, object], name: str) -> str:
    return one_line(str(data.get(name, "")))


def _tell_json(received: Received) -> None:
    """A line for programs, with the notice if it is new."""
    line: dict[str, object] = {"verdict": received.verdict.value, "id": received.id}
    if received.verdict is Verdict.NEW:
        line["notice"] = received.content
    if received.why:
        line["why"] = received.why
    click.echo(json.dumps(line, ensure_ascii=False))
