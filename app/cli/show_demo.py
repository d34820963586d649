"""The demo's report."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from app.cli.show import show_report
from app.demo.play import Played


def as_json(played: Played) -> dict[str, Any]:
    """The first pass as `run` reports it, the second pass's deltas, and the checks."""
    checks = [{"name": check.name, "held": check.held, "detail": check.detail} for check in played.checks]
    return {**played.first.as_json(), "second_pass": played.second.as_json(), "checks": checks, "ok": played.held}


def show_demo(console: Console, played: Played) -> None:
    """What was there, what was found, and whether every check held."""
    show_report(console, played.first)
    for check in played.checks:
        mark = "[green]✓[/]" if check.held else "[red]✗[/]"
        console.print(f"{mark} {check.name}: {check.detail}")
