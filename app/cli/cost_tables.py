"""Tables and lines about paid providers: tokens spent, state, and work that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from app.cli.output import titled
from app.status.providers import ProviderStatus, caps_in_words
from app.status.stages import Waiting

NEAR = timedelta(hours=6)  # a time without its date is understood, also past midnight


def provider_table(providers: list[ProviderStatus], now: datetime) -> Table:
    """One line for each provider; a provider that rests has the reason beside its state."""
    made = titled("providers")
    made.add_column("")
    made.add_column("tokens today", justify="right")
    made.add_column("this month", justify="right")
    made.add_column("calls", justify="right")
    made.add_column("unknown", justify="right")
    made.add_column("state", overflow="fold")
    for one in providers:
        spent = (_of(one.today, one.daily_cap), _of(one.month, one.monthly_cap))
        calls = f"{one.under_way} of {one.at_once}"
        lost = f"[red]{one.unknown:,}[/]" if one.unknown else ""
        made.add_row(one.name, *spent, calls, lost, _state(one, now))
    return made


def waiting_table(waiting: list[Waiting], now: datetime) -> Table:
    """One line for each reason."""
    made = titled("waiting")
    made.add_column("for", overflow="fold")
    made.add_column("rows", justify="right")
    made.add_column("next look", justify="right", no_wrap=True)
    for one in waiting:
        made.add_row(escape(one.reason), f"{one.count:,}", moment(one.next_look, now))
    return made


def money_line(providers: list[ProviderStatus], now: datetime) -> Text:
    """All providers in one line, cut at the edge of the screen."""
    parts = [f"{one.name} {_of(one.today, one.daily_cap)} tokens today, {_brief(one, now)}" for one in providers]
    line = Text.from_markup(f"[bold]paid[/]  {escape('; '.join(parts))}")
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def moment(then: datetime, now: datetime) -> str:
    """A time in UTC, like the days of the budgets: 14:05, with the date if it is of another day and not near."""
    today = then.date() == now.astimezone(then.tzinfo).date()
    form = "%H:%M UTC" if today or abs(then - now) < NEAR else "%Y-%m-%d %H:%M UTC"
    return f"{then:{form}}"


def _brief(one: ProviderStatus, now: datetime) -> str:
    if one.until is not None:
        return f"resting until {moment(one.until, now)} ({one.block})"
    if one.trying:
        return "one call tries it again"
    return f"{one.under_way} calls under way" if one.under_way != 1 else "1 call under way"


def _state(one: ProviderStatus, now: datetime) -> str:
    if one.until is not None:
        return f"[red]resting[/] until {moment(one.until, now)}, {one.block}: {escape(one.reason or '')}"
    if one.trying:
        return f"[red]failed[/] {one.failures} times in a row; one call tries it again"
    if one.daily_operator or one.monthly_operator:
        return f"ok; caps: {escape(caps_in_words(one))}"
    return "ok"


def _of(spent: int, cap: int | None) -> str:
    return f"{spent:,}" if cap is None else f"{spent:,} of {cap:,}"
