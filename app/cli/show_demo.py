"""Prints the demo's report, for users who have never seen Media Audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.explain import WHY
from app.cli.output import short, size
from app.cli.search import show_hits
from app.cli.show import channels_table, paid_table, stages_table
from app.cli.show_ask import show_answer, show_passages
from app.demo.play import Played
from app.demo.tour import Tour
from app.status.run_report import Report


def as_json(played: Played) -> dict[str, Any]:
    """The report of the first pass in the form of `run`, the second pass's additions, the findings and the checks."""
    return {
        **played.first.as_json(),
        "ok": played.held,
        "checks": [asdict(check) for check in played.checks],
        "second_pass": played.second.as_json(),
        "answers": [asdict(answer) for answer in played.answers],
        **asdict(played.tour),
    }


def show_demo(console: Console, played: Played) -> None:
    """Prints the posts that were read, the findings, and whether every check held."""
    first = played.first
    console.print("\n[bold]What was read[/]")
    console.print(_sentence(first))
    console.print(channels_table(first))
    _found(console, played.tour)
    _search(console, played)
    _answers(console, played)
    _album(console, played.tour)
    console.print(stages_table(first))
    if first.paid.calls:
        console.print(paid_table(first.paid))
    _checks(console, played)


def _sentence(first: Report) -> str:
    n = {name: f"[bold]{count:,}[/]" for name, count in first.totals.items()}
    return (
        f"{n['posts']} posts, which readers see as {n['publications']} publications, {n['albums']} of them albums.\n"
        f"{n['media_files']} different files, {size(first.totals['media_bytes'])}, each downloaded and kept once.\n"
        f"{n['analyzed']} files looked into; {n['tagged']} publications tagged, "
        f"{n['retagged']} times again when more was known.\n"
        f"{n['edited']} posts had been edited, {n['deleted']} were deleted: nothing is lost of either."
    )


def _found(console: Console, tour: Tour) -> None:
    table = _table("What was found")
    table.add_row("albums", _list(tour.albums))
    table.add_row("files", _list(tour.types))
    table.add_row("pictures", _list(tour.pictures))
    table.add_row("words in", f"{tour.with_text} files, {tour.words:,} words")
    table.add_row("top tags", _list(tour.tags))
    console.print(table)


def _search(console: Console, played: Played) -> None:
    if played.example is None:
        return
    console.print(f'\n[bold]media-audit search "{escape(played.example.query)}"[/]  words that stand only in a picture')
    show_hits(console, played.example.hits[:2])


def _answers(console: Console, played: Played) -> None:
    for one in played.answers:
        console.print(f'\n[bold]media-audit ask "{escape(one.text)}"[/]')
        if not one.sentences:
            show_passages(console, one.language, one.passages[:2])
        show_answer(console, one)


def _album(console: Console, tour: Tour) -> None:
    album = tour.album
    if album is None:
        return
    console.print(f"\n[bold]One album[/]  {escape(album.permalink or '')}, {escape(album.album or '')}")
    for message in album.messages:
        words = escape(short(message.text)) or "[dim]no words of its own[/]"
        console.print(f"  {message.message_id}  {message.kind}  {words}")
    console.print(f"  tags: [bold]{escape(', '.join(album.tags))}[/], because of")
    for change in album.lineage:
        why = WHY.get(change["reason"], change["reason"])
        gained = f": [green]+ {escape(', '.join(change['added']))}[/]" if change["added"] else ""
        console.print(f"    {why}{gained}")


def _checks(console: Console, played: Played) -> None:
    table = _table("Checks")
    for check in played.checks:
        detail = escape(check.detail)
        if check.held:
            table.add_row("[green]✓[/]", escape(check.name), detail)
        else:
            table.add_row("[red]✗[/]", escape(check.name), f"[red]{detail}[/]")
    console.print(table)
    seconds = played.first.seconds + played.second.seconds
    if played.held:
        console.print(f"\n[green]Every check held[/], after {seconds:.0f} s.")
    else:
        wrong = sum(not check.held for check in played.checks)
        console.print(f"\n[red]{wrong} of {len(played.checks)} checks did not hold[/], after {seconds:.0f} s.")


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {escape(name)}" for name, count in counts.items()) or "none"


def _table(title: str) -> Table:
    return Table(
        box=None, pad_edge=False, show_header=False, title=f"\n{title}", title_justify="left", title_style="bold"
    )
