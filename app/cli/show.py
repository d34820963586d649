"""Prints the report of a run for people."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.fetch_options import left_out_words
from app.cli.output import short, size, titled
from app.status.left_out import LeftOutCount
from app.status.run_report import Paid, Report

COUNTS = (
    ("posts", "posts"),
    ("publications", "publications"),
    ("albums", "albums"),
    ("media_files", "media files"),
    ("analyzed", "files read"),
    ("tagged", "tagged"),
    ("retagged", "tagged again"),
    ("indexed", "findable"),
)
NEW = {
    "posts": "posts",
    "publications": "publications",
    "albums": "albums",
    "media_files": "media_files",
    "analyzed": "analyzed",
    "tagged": "tagged",
    "retagged": "retagged",
    "indexed": "indexed",
}


def show_report(console: Console, report: Report) -> None:
    """Prints counts, channels, times, and problems that need the user's attention."""
    console.print()
    console.print(counts_table(report))
    console.print(channels_table(report))
    if sum(stage.seconds for stage in report.stages.values()) > 1:
        console.print(stages_table(report))
    if report.paid.calls:
        console.print(paid_table(report.paid))
    _attention(console, report)
    done = "nothing more can be done now" if report.problems else "nothing is left to do"
    verdict = done if report.idle else f"[red]not finished[/]: {report.open}"
    console.print(f"\n{verdict} after {report.seconds:.0f} s", highlight=False)


def counts_table(report: Report) -> Table:
    """Totals, and the rows that this run added."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("total", justify="right")
    table.add_column("new", justify="right", style="green")
    for name, words in COUNTS:
        new = report.delta[NEW[name]]
        table.add_row(words, f"{report.totals[name]:,}", f"+{new:,}" if new else "")
    added = report.delta["media_bytes"]
    table.add_row("bytes kept", size(report.totals["media_bytes"]), f"+{size(added)}" if added else "")
    return table


def channels_table(report: Report) -> Table:
    """One line for each channel."""
    table = Table(box=None, pad_edge=False, title="\nchannels", title_justify="left", title_style="bold")
    table.add_column("", overflow="fold")
    table.add_column("")
    for name in ("posts", "publications", "albums"):
        table.add_column(name, justify="right")
    for channel in report.channels:
        counts = (f"{channel.posts:,}", f"{channel.publications:,}", f"{channel.albums:,}")
        title = f"[red]{escape(channel.error)}[/]" if channel.error else escape(short(channel.title))
        table.add_row(escape(channel.reference), title, *counts)
    return table


def stages_table(report: Report) -> Table:
    """Seconds of work in each step, summed over all workers, the slowest first."""
    title = "\nwhere the time went (seconds of all workers together)"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    table.add_column("")
    table.add_column("seconds", justify="right")
    table.add_column("share", justify="right")
    table.add_column("")
    for step, stage in sorted(report.stages.items(), key=lambda pair: -pair[1].seconds):
        bar = "█" * round(stage.share * 30)
        note = f"{bar} slowest" if step == report.slowest else bar
        table.add_row(step.value, f"{stage.seconds:.1f}", f"{stage.share:.0%}", note)
    return table


def paid_table(paid: Paid) -> Table:
    """The cost of this run; for runs with paid calls only."""
    table = titled("paid in this run")
    for name in ("", "tokens", "calls"):
        table.add_column(name, justify="right" if name else "left")
    purposes = {
        "pictures": (paid.vision, paid.vision_calls),
        "tags": (paid.tags, paid.tag_calls),
        "answers": (paid.answers, paid.answer_calls),
    }
    for name, (tokens, calls) in purposes.items():
        table.add_row(name, f"{tokens:,}", f"{calls:,}")
    table.add_row("together", f"{paid.tokens:,}", f"{paid.calls:,}")
    if paid.repairs:
        table.add_row("repairs, among them", "", f"{paid.repairs:,}")
    if paid.unknown:
        table.add_row("[red]with an unknown end[/]", "", f"[red]{paid.unknown:,}[/]")
    return table


def _problems(console: Console, report: Report) -> None:
    if report.problems:
        console.print("\n[red]could not be read[/]")
    for problem in report.problems:
        console.print(f"  {problem}", markup=False)


def _attention(console: Console, report: Report) -> None:
    """Prints problems and waiting work; prints nothing if there are none."""
    _problems(console, report)
    for name, remedy in (("dead", "media-audit dead list"), ("unknown", "media-audit dead list --unknown")):
        if count := report.totals[name]:
            console.print(f"\n[red]{count} {name}[/]: see `{remedy}`")
    for error, count in report.errors.items():
        console.print(f"  {count} × {error}", markup=False)
    if report.waiting:
        console.print()
    for reason, count in report.waiting.items():
        console.print(f"  {count} waiting: {reason}", markup=False)
    if left := report.totals["left_out"]:
        words = left_out_words(LeftOutCount(left, report.totals["left_out_bytes"]))
        console.print(f"\nleft out by choice: {words} (`media-audit channels list` says by which limits)")
    if report.totals["unparsed"]:
        console.print(
            f"\nmessages that could not be read: {report.totals['unparsed']}; `media-audit explain` tells why"
        )
    if report.totals["damaged"]:
        console.print(f"\ndamaged files, kept as they came: {report.totals['damaged']}")
