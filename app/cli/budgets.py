"""The command media-audit budgets: what paid models may spend, by the settings or by an operator."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC

import click

from app.cli.actor import actor
from app.cli.cost_tables import provider_table
from app.cli.output import out, print_json
from app.db import now, transaction
from app.local.ready import database
from app.operations import budgets as acts
from app.pipeline.engine.caps import Span
from app.status.budgets import budgets as found_budgets
from app.status.providers import cap_in_words, caps_in_words

BUDGET = click.Choice(acts.BUDGETS)
SPAN = click.option("--month", is_flag=True, help="The cap of a month instead of that of a day.")


@click.group()
def budgets() -> None:
    """What paid models may spend: caps of the settings, or of an operator in their place."""


@budgets.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show each budget: spent, the cap in force and where it comes from."""
    with database() as settings, transaction() as session:
        found, moment = found_budgets(session, settings), now(session).astimezone(UTC)
    if as_json:
        print_json(asdict(found))
        return
    if found.budgets:
        out().print(provider_table([one.provider for one in found.budgets], moment))
    for one in found.budgets:
        click.echo(f"{one.provider.name}: {caps_in_words(one.provider)}")
    cap = cap_in_words("ASK_DAILY_TOKENS", "day", found.questions_cap, found.questions_operator)
    click.echo(f"questions: {found.questions_spent:,} spent; {cap}")


@budgets.command("set")
@click.argument("budget", type=BUDGET)
@click.argument("tokens")
@SPAN
@click.option("--today", is_flag=True, help="Until midnight (UTC), not until it is changed back.")
def set_(budget: str, tokens: str, month: bool, today: bool) -> None:
    """Give BUDGET, a provider or questions, a cap of TOKENS (a number, or unlimited) in place of the setting.

    All processes follow at once. Work that waited for the old cap goes on.
    """
    cap = acts.tokens_of(tokens)
    with database() as settings, transaction() as session:
        acts.set_cap(session, settings, actor(), budget, _span(month), cap, for_today=today)
    click.echo(f"set {'until midnight, UTC' if today else 'until it is changed back: media-audit budgets reset'}")


@budgets.command()
@click.argument("budget", type=BUDGET)
@SPAN
def reset(budget: str, month: bool) -> None:
    """Give BUDGET the cap of the settings again."""
    with database() as settings, transaction() as session:
        acts.reset_cap(session, settings, actor(), budget, _span(month))
    click.echo("the cap of the settings holds again")


@budgets.command()
@click.argument("provider")
def wake(provider: str) -> None:
    """End the rest of PROVIDER at once: its calls go on, after many failures with one call first."""
    with database(), transaction() as session:
        acts.end_rest(session, actor(), provider)
    click.echo(f"{provider} rests no longer")


def _span(month: bool) -> Span:
    return "month" if month else "day"
