"""media-audit explain: why a post has its tags."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.output import NUMBERS, out, print_json, size
from app.cli.ready import database
from app.db import transaction
from app.explain import Explanation, as_json, find
from app.explain import explain as tell

LONGEST = 160  # characters of a text that are shown
WHY = {
    "initial": "the first tags",
    "higher_version": "a better reading of its media",
    "features_changed": "its media were read differently",
    "text_changed": "its text changed",
    "asked": "a person asked",
    "same_input": "same input as before: the tagger was not called",
}


@click.command(context_settings=NUMBERS)
@click.argument("post")
@click.option("--json", "json_", is_flag=True, help="Print JSON, with all texts and hashes whole.")
def explain(post: str, json_: bool) -> None:
    """Tell why a POST has its tags: messages, files, readings, lineage, events.

    POST is a permalink (https://t.me/name/12, https://t.me/c/123/12), CHANNEL/12, or the post's id in the database.
    Any item of an album tells of the whole album.
    """
    with database(), transaction() as session:
        story = tell(session, find(session, post))
    if json_:
        print_json(as_json(story))
    else:
        show(out(), story)


def show(console: Console, story: Explanation) -> None:
    """The story from the messages to the tags."""
    console.print(f"[bold]{escape(story.permalink or story.channel)}[/]  {escape(story.channel)}")
    kind = f"album: {story.album}" if story.album else "a lone post"
    console.print(f"publication {story.publication_id}, revision {story.revision}, {kind}")
    console.print(f"[bold]tags[/]  {escape(', '.join(story.tags)) or 'none yet'}")
    _messages(console, story)
    _readings(console, story)
    _lineage(console, story)
    _events(console, story)


def _messages(console: Console, story: Explanation) -> None:
    _title(console, "messages")
    for message in story.messages:
        marks = [word for word, is_so in (("edited", message.edited), ("deleted", message.deleted)) if is_so]
        console.print(f"  {message.message_id}  {escape(short(message.text)) or '[dim]no text[/]'} {' '.join(marks)}")
        if message.sha256:
            file = f"{message.kind}, {message.mime}, {size(message.size or 0)}, sha256 {message.sha256[:12]}"
            console.print(f"      [dim]{file}[/]" + (f" [red]{escape(message.damaged)}[/]" if message.damaged else ""))


def _readings(console: Console, story: Explanation) -> None:
    if not story.readings:
        return
    _title(console, f"what its files show (version {story.vision_version}, features {_cut(story.features_hash)})")
    for reading in story.readings:
        use = "" if reading.in_use else " [dim](not in use)[/]"
        labels = f": {', '.join(reading.labels)}" if reading.labels else ""
        console.print(f"  {reading.sha256[:12]}  {reading.classification}{escape(labels)}{use}")
        console.print(f"      [dim]read by {escape(reading.recipe)}, version {reading.version}[/]")
        if reading.text:
            console.print(f"      words in it: {escape(short(reading.text))}")
        if reading.error:
            console.print(f"      [red]{escape(reading.error)}[/]")


def _lineage(console: Console, story: Explanation) -> None:
    _title(console, "how it got its tags")
    for change in story.lineage:
        why = WHY.get(change["reason"], change["reason"])
        console.print(f"  {change['at'][:19]}  [bold]{change['trigger']}[/]: {why} (revision {change['revision']})")
        if change["from_version"] != change["to_version"]:
            console.print(f"      vision version {_none(change['from_version'])} → {_none(change['to_version'])}")
        if change["from_features"] != change["to_features"]:
            console.print(f"      features {_cut(change['from_features'])} → {_cut(change['to_features'])}")
        for sign, style, tags in (("+", "green", change["added"]), ("-", "red", change["removed"])):
            if tags:
                console.print(f"      [{style}]{sign} {escape(', '.join(tags))}[/]")
    if not story.lineage:
        console.print("  it was not tagged yet")


def _events(console: Console, story: Explanation) -> None:
    _title(console, "work and events")
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in story.work:
        note = row["last_error"] or row["reason"] or ""
        table.add_row(f"  {row['step']}", f"revision {row['revision']}", row["state"], escape(str(note)))
    console.print(table)
    for event in story.events:
        sent = "" if event["published"] else " [red]not sent yet[/]"
        console.print(f"  {event['created_at'][:19]}  {event['routing_key']}{sent}")


def short(text: str) -> str:
    """One line of a text, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _title(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/]")


def _cut(value: str | None) -> str:
    return value[:12] if value else "none"


def _none(value: int | None) -> str:
    return "none" if value is None else str(value)
