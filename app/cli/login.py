"""The command media-audit login: turns a telephone number into the line TELEGRAM_SESSION=..."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import click

from app.adapters.telegram import login as log_in
from app.adapters.telegram.credentials import api, trust_test_key
from app.cli.output import err
from app.cli.qr_code import show
from app.errors import UserError
from app.home.directory import write_private
from app.settings import get_settings

ENV = Path(".env")
SERVER = re.compile(r"(\d+):([\d.]+|\[[0-9a-fA-F:]+\]):(\d+)")


@click.command()
@click.option("--write", is_flag=True, help="Put the session into .env (readable by you alone) instead of printing it.")
@click.option("--qr", is_flag=True, help="Show a QR code for a Telegram app to scan, instead of number and code.")
@click.option("--server", help="Data centre to begin with, as NUMBER:ADDRESS:PORT, for Telegram's test servers.")
def login(write: bool, qr: bool, server: str | None) -> None:
    """Log in to Telegram and get the session that Media Audit reads with.

    Needs TELEGRAM_API_ID and TELEGRAM_API_HASH from https://my.telegram.org. Whoever has the session has the account:
    treat it as a password.
    """
    settings = get_settings()
    api_id, api_hash = api(settings)
    trust_test_key(settings.telegram_test_rsa_key)
    session = log_in(
        api_id,
        api_hash,
        lambda: _asked("Telephone number, with country code"),
        lambda: _asked("Code that Telegram sent you", default="", show_default=False),
        lambda: _asked("Password of two-step verification", hide_input=True),
        _server(server),
        proxy=settings.proxy(),
        email_callback=lambda: _asked("E-mail address for logins"),
        tell=lambda text: click.echo(text, err=True),
        qr=show if qr else None,
    )
    line = f"TELEGRAM_SESSION={session}"
    if write:
        write_private(ENV, replaced(ENV.read_text() if ENV.exists() else "", line))
        err().print(f"written to {ENV.absolute()}")
    else:
        err().print("put this line into .env:")
        click.echo(line)


def _asked(question: str, **options: Any) -> str:
    """The answer to a question. KeyboardInterrupt for Ctrl-C and Ctrl-D: click's Abort is a RuntimeError, which the
    login takes for an answer that Telethon cannot read."""
    # The event loop around the question only notes a first Ctrl-C, and the question would go on.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return str(click.prompt(question, err=True, **options))
    except click.Abort:
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, handler)


def replaced(text: str, line: str) -> str:
    """The text of a .env file with this line in place of the one that sets the same name."""
    name = line.partition("=")[0]
    kept = [old for old in text.splitlines() if not re.match(rf"(export\s+)?{name}\s*=", old.strip())]
    return "\n".join([*kept, line]) + "\n"


def _server(text: str | None) -> tuple[int, str, int] | None:
    if text is None:
        return None
    if not (found := SERVER.fullmatch(text)):
        raise UserError(f"--server {text}: write NUMBER:ADDRESS:PORT, for example 2:149.154.167.40:443")
    return int(found[1]), found[2].strip("[]"), int(found[3])
