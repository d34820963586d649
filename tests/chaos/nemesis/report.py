"""What all seeds together have shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.chaos.nemesis.run import Outcome

VERDICTS = ("lost", "doubled", "paid twice", "stuck", "wrong")


def show(outcomes: Sequence[Outcome]) -> None:
    """Prints strikes and recoveries by kind, and the sums."""
    strikes: Counter[str] = Counter()
    recovery: dict[str, list[float]] = {}
    for outcome in outcomes:
        strikes += outcome.strikes
        for kind, seconds in outcome.recovery.items():
            recovery.setdefault(kind, []).extend(seconds)
    table = Table("strike", "times", "recovery, median s", "worst s")
    for kind, times in sorted(strikes.items()):
        known = recovery.get(kind)
        figures = (f"{median(known):.1f}", f"{max(known):.1f}") if known else ("-", "-")
        table.add_row(kind, str(times), *figures)
    console = Console(width=100)
    console.print(table)
    console.print(_sums(outcomes, strikes), soft_wrap=True)


def _sums(outcomes: Sequence[Outcome], strikes: Counter[str]) -> str:
    counts: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for outcome in outcomes:
        counts += Counter(outcome.counts)
        messages += outcome.messages
        verdicts += Counter(violation.kind for violation in outcome.violations)
    checked = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    found = ", ".join(f"{kind} {verdicts[kind]}" for kind in VERDICTS)
    mischief = ", ".join(f"{count:,} {name}" for name, count in messages.items())
    quiet = f"{median(o.quiet for o in outcomes):.0f} s" if outcomes else "-"
    return (
        f"{len(outcomes)} seeds, {strikes.total()} strikes; task messages: {mischief}\nchecked: {checked}\n"
        f"to quiet: median {quiet}\n{found}"
    )
