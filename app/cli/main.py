"""The entry point of the command media-audit: loads subcommands, turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence

import click
from pydantic import ValidationError
from rich.markup import escape
from sqlalchemy.exc import OperationalError

from app import db
from app.cli.output import CRASHED, INTERRUPTED, WRONG, err
from app.errors import MediaAuditError, UserError

EPILOG = """\b
Exit codes:
  0    done
  1    something failed, or a check of `demo`, `doctor`, `verify` did not hold
  2    a wrong setting or argument; stderr names the remedy
  3    `run` was not finished within --timeout
  4    `run` came to its end, but something could not be read: its report says what, and why
  130  interrupted with Ctrl-C

Settings come from the environment or from .env; the README lists them."""


# In the order in which users meet them. Each is imported when called: all together take a second.
COMMANDS = {
    "demo": "app.cli.demo:demo",
    "run": "app.cli.run:run",
    "up": "app.cli.up:up",
    "down": "app.cli.up:down",
    "login": "app.cli.login:login",
    "channels": "app.cli.channels:channels",
    "backfill": "app.cli.channels:backfill",
    "search": "app.cli.search:search",
    "ask": "app.cli.ask:ask",
    "saved": "app.cli.saved:saved",
    "alerts": "app.cli.alerts:alerts",
    "similar": "app.cli.similar:similar",
    "export": "app.cli.export:export",
    "exports": "app.cli.export:exports_group",
    "verify-export": "app.cli.verify_export:verify_export",
    "digest": "app.cli.digest:digest",
    "explain": "app.cli.explain:explain",
    "forget": "app.cli.forget:forget",
    "users": "app.cli.users:users",
    "tokens": "app.cli.tokens:tokens",
    "audit": "app.cli.audit:audit",
    "budgets": "app.cli.budgets:budgets",
    "status": "app.cli.status:status",
    "doctor": "app.cli.doctor:doctor",
    "health": "app.cli.health:health",
    "verify": "app.cli.verify:verify_command",
    "reanalyze": "app.cli.reprocess:reanalyze",
    "retag": "app.cli.reprocess:retag",
    "vocabulary": "app.cli.vocabulary:vocabulary",
    "dead": "app.cli.repair:dead",
    "sweep": "app.cli.repair:sweep",
    "events": "app.cli.events:events",
    "receive": "app.cli.receive:receive",
    "db": "app.cli.db:db",
    "services": "app.cli.services:services",
}


class Commands(click.Group):
    """The group of all commands, which imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="media-audit")
def cli() -> None:
    """Watch Telegram channels: albums whole, media once, pictures read, posts tagged, everything findable.

    Try `media-audit demo` first: it needs no account and no network.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command and exits; an error becomes a line on stderr and an exit code."""
    sys.exit(_run(argv))


def _run(argv: Sequence[str] | None) -> int:
    try:
        args = None if argv is None else list(argv)
        return int(cli.main(args, prog_name="media-audit", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", INTERRUPTED)
    except ValidationError as error:
        return _fail(_settings(error), WRONG)
    except UserError as error:
        return _fail(str(error), WRONG)
    except OperationalError as error:
        return _fail(f"the database does not answer: {db.first_line(error)}", CRASHED)
    except MediaAuditError as error:
        return _fail(str(error), CRASHED)
    except Exception as error:
        if _is_damage(error):
            return _fail("the schema is not whole: `media-audit doctor` names what is missing, and what helps", CRASHED)
        traceback.print_exc()
        return _fail("this is a bug: please report it with the lines above", CRASHED)


def _is_damage(error: Exception) -> bool:
    """Whether a table or column of our own statements is missing, by PostgreSQL's codes for either."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in ("42P01", "42703")


def _fail(message: str, code: int) -> int:
    err().print(f"[red]media-audit:[/] {escape(message)}", soft_wrap=True)
    return code


def _settings(error: ValidationError) -> str:
    """Names the wrong settings, never their values, which may be secret."""
    wrong = [f"{'.'.join(str(part) for part in one['loc']).upper()}: {one['msg']}" for one in error.errors()]
    return "wrong settings: " + "; ".join(wrong)
