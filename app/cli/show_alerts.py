"""Prints alerts, their previews and their deliveries for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from app.alerts.lists import AlertShown, DeliveryShown, HitPage
from app.alerts.preview import Preview
from app.cli.output import short, titled

NONE = "no alert: `media-audit alerts add SEARCH --webhook URL` makes one on a saved search"


def show_alerts(console: Console, alerts: Sequence[AlertShown]) -> None:
    """A table of alerts, then their problems."""
    table = titled("alerts" if alerts else NONE)
    for one in alerts:
        where = ", ".join(
            f"{to.medium} {to.shown}".strip() + (" (ended)" if to.ended_at else "") for to in one.destinations
        )
        state = "paused" if one.paused_at else "again" if one.again else ""
        table.add_row(escape(one.name), escape(one.query), escape(where), state)
    console.print(table)
    for one in alerts:
        if one.problem:
            console.print(f"{one.name} cannot be asked: {one.problem}", style="yellow", markup=False)


def show_preview(console: Console, found: Preview) -> None:
    """The number of posts, then the newest."""
    more = "more than " if found.more else ""
    console.print(
        f"an alert would have fired for {more}{found.count:,} posts of the last {found.days} days", markup=False
    )
    for hit in found.hits:
        when = f"{hit.posted_at:%Y-%m-%d %H:%M}" if hit.posted_at else "no date"
        console.print(f"{when}  {hit.permalink or ''}  {short(hit.snippet)}", markup=False)


def show_hits(console: Console, page: HitPage) -> None:
    """A line for each delivery, under its hit."""
    for hit in page.hits:
        console.print(f"{hit.id}  {hit.made_at:%Y-%m-%d %H:%M:%S}  {hit.subject}  {hit.reason}", markup=False)
        for one in hit.deliveries:
            console.print(f"    {_line(one)}", markup=False)
    if not page.hits:
        console.print("it has not fired yet")
    if page.cursor:
        console.print(f"more: --cursor {page.cursor}", markup=False)


def _line(one: DeliveryShown) -> str:
    tries = f"{one.attempts} attempt{'' if one.attempts == 1 else 's'}"
    said = f"{one.medium} {one.shown} ({one.destination}): {one.state}, {tries}"
    return f"{said}: {short(one.error)}" if one.error else said
