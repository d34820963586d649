"""Shows the look-alikes of a picture, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from app.cli.output import indented, short
from app.search.similar import Asked, Posting, Similar


def as_json(asked: Asked, found: Similar) -> dict[str, Any]:
    """A page as JSON. next: the cursor of the page behind it, None at the end."""
    return {
        "sha256": asked.sha256,
        "phash": asked.phash,
        "in_archive": asked.file is not None,
        "first": asdict(found.first) if found.first else None,
        "postings": [asdict(one) for one in found.postings if one.same_file],
        "near": [asdict(one) for one in found.postings if not one.same_file],
        "cluster": {"files": found.cluster},
        "crowded": found.crowded,
        "next": str(found.next) if found.next else None,
    }


def show(console: Console, asked: Asked, found: Similar, bits: int) -> None:
    """Prints who was first, the postings of the file itself, then those of near ones with their distance."""
    console.print(
        f"\n[bold]{asked.sha256[:12]}[/]  [dim]hash {asked.phash}; its cluster has {found.cluster:,} files[/]"
    )
    if found.first:
        indented(console, 2, f"[bold]first[/]  {_line(found.first)}  {_distance(found.first)}")
    own = [one for one in found.postings if one.same_file]
    near = [one for one in found.postings if not one.same_file]
    if asked.file is None:
        console.print("  [dim]the file itself was never posted in a watched channel[/]")
    for one in own:
        indented(console, 2, _line(one))
    console.print(f"  [bold]near, within {bits} bits[/]{'' if near else '  none'}")
    for one in near:
        indented(console, 4, f"{_distance(one)}  {_line(one)}  [dim]{one.sha256[:12]}[/]")
    if found.crowded:
        console.print("  [yellow]so many hashes are like this one that near pictures may be missing[/]")
    if found.next:
        console.print(f"  [dim]more: --cursor {found.next}[/]")


def _line(one: Posting) -> str:
    time = f"{one.posted_at:%Y-%m-%d %H:%M}" if one.posted_at else "without a date"
    channel = escape(short(one.channel))
    marks = " [red]deleted[/]" if one.deleted_at else ""
    marks += " [yellow]replaced by an edit[/]" if one.replaced_at else ""
    role = "" if one.role == "own" else f" ({one.role})"
    return f"{one.permalink or channel}  {channel}, {time}{role}{marks}"


def _distance(one: Posting) -> str:
    if one.same_file:
        return "the file itself"
    return "1 bit" if one.bits == 1 else f"{one.bits} bits"
