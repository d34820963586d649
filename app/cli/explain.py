"""The command media-audit explain: tells why a post has its tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from app import wiring
from app.cli.cost_tables import moment
from app.cli.explain_readings import show_readings
from app.cli.explain_search import show_answer
from app.cli.output import NUMBERS, indented, out, print_json, short, size
from app.db import transaction
from app.domain.kinds import State, Step
from app.explain import Explanation, Message, as_json, find, find_trace, renamed_since
from app.explain import explain as tell
from app.local.ready import database
from app.models import Publication
from app.search.why_not import why_found

WHY = {
    "initial": "the first tags",
    "higher_version": "a better reading of its media",
    "features_changed": "its media were read differently",
    "text_changed": "its text changed",
    "asked": "a person asked",
    "same_input": "same input as before: the tagger was not called",
}


@click.command(context_settings=NUMBERS)
@click.argument("post", required=False)
@click.option(
    "--trace", metavar="ID", help="Tell of one revision by its trace, as logs, events and dashboards have it."
)
@click.option("--search", "query", metavar="QUERY", help="Tell why the POST is, or is not, a hit of this search.")
@click.option("--json", "json_", is_flag=True, help="Print JSON, with all texts and hashes whole.")
def explain(post: str | None, trace: str | None, query: str | None, json_: bool) -> None:
    """Tell why a POST has its tags: messages, files, readings, lineage, events.

    POST is a permalink (https://t.me/name/12, https://t.me/c/123/12), CHANNEL/12, or the post's id in the database.
    Any item of an album tells of the whole album.
    """
    if post is not None and query is not None and trace is None:
        _found_by(post, query, json_)
        return
    if (post is None) is (trace is None):
        raise click.UsageError("name a POST, or a trace with --trace ID")
    if query is not None:
        raise click.UsageError("--search goes with a POST")
    with database(), transaction() as session:
        story = tell(session, find(session, post)) if post else _traced(session, trace or "")
        remark = renamed_since(session, post) if post else None
    if remark:
        click.echo(remark, err=True)
    if json_:
        print_json(as_json(story))
    else:
        show(out(), story)


def _found_by(post: str, query: str, json_: bool) -> None:
    """Tells why the post is, or is not, a hit of the query."""
    with database(), transaction() as session:
        answer = why_found(session, query, find(session, post).id, wiring.embedder())
    if json_:
        print_json(asdict(answer))
    else:
        show_answer(out(), post, answer)


def _traced(session: Session, trace: str) -> Explanation:
    of = find_trace(session, trace)
    return tell(session, session.get_one(Publication, of.publication_id), of)


def show(console: Console, story: Explanation) -> None:
    """Prints the story from the messages to the tags, with costs, work and events."""
    console.print(f"[bold]{escape(story.permalink or short(story.channel))}[/]  {escape(short(story.channel))}")
    kind = f"album: {story.album}" if story.album else "a lone post"
    console.print(f"publication {story.publication_id}, revision {story.revision}, {kind}")
    of = f" of revision {story.traced}" if story.traced not in (None, story.revision) else ""
    console.print(f"[dim]trace {story.trace_id}{of}[/]")
    console.print(f"[bold]tags[/]  {escape(', '.join(story.tags)) or 'none yet'}")
    _messages(console, story)
    _readings(console, story)
    _lineage(console, story)
    _costs(console, story)
    _events(console, story)


def _messages(console: Console, story: Explanation) -> None:
    _title(console, "messages")
    for message in story.messages:
        marks = [word for word, is_so in (("edited", message.edited), ("deleted", message.deleted)) if is_so]
        indented(
            console, 2, f"{message.message_id}  {escape(short(message.text)) or '[dim]no text[/]'} {' '.join(marks)}"
        )
        for line in _content(message):
            indented(console, 6, line)


def _content(message: Message) -> Iterator[str]:
    """The kind of a message, the words beside its text, its files, and the parts that were not taken."""
    if message.carries not in (None, "text"):
        yield f"[dim]{escape(message.carries or '')}[/]"
    for words in message.words:
        running = " [dim](still counting)[/]" if words.get("running") else ""
        yield f"[dim]{words['origin']}:[/] {escape(short(words['text'].replace(chr(10), ' / ')))}{running}"
    for medium in message.media:
        role = "" if medium.role == "own" else f"{medium.role}: "
        if medium.sha256:
            file = f"{role}{medium.kind}, {medium.mime}, {size(medium.size or 0)}, sha256 {medium.sha256[:12]}"
            if medium.announced is not None:
                file += f"; {medium.announced} bytes were announced, {medium.size} are served"
            damaged = f" [red]{escape(short(medium.damaged))}[/]" if medium.damaged else ""
            yield f"[dim]{file}[/]{damaged}"
        elif medium.missing:
            announced = f", {size(medium.announced)}" if medium.announced is not None else ""
            yield f"[dim]{role}{medium.kind}{announced}, no file: {escape(short(medium.missing))}[/]"
    for why in message.not_taken:
        yield f"[yellow]not taken:[/] {escape(short(why))}"


def _readings(console: Console, story: Explanation) -> None:
    if story.readings:
        _title(
            console,
            f"what its files show (version {_none(story.vision_version)}, features {_cut(story.features_hash)})",
        )
        show_readings(console, story)


def _lineage(console: Console, story: Explanation) -> None:
    _title(console, "how it got its tags")
    for change in story.lineage:
        why = WHY.get(change["reason"], change["reason"])
        indented(
            console, 2, f"{change['at'][:19]}  [bold]{change['trigger']}[/]: {why} (revision {change['revision']})"
        )
        for line in _passage(change, story.recipes):
            indented(console, 6, line)
    if not story.lineage:
        console.print("  it was not tagged yet")
    for one in story.declined:
        indented(console, 2, f"{one['at'][:19]}  [bold]{one['end'].replace('_', ' ')}[/]  {one['tokens']:,} tokens")
        indented(console, 6, f"[red]{escape(short(one['why']))}[/]")


def _passage(change: dict[str, Any], recipes: dict[int, str]) -> Iterator[str]:
    if change["from_version"] != change["to_version"]:
        versions = (_version(change[name], recipes) for name in ("from_version", "to_version"))
        yield f"vision version {' → '.join(versions)}"
    if change["from_features"] != change["to_features"]:
        yield f"features {_cut(change['from_features'])} → {_cut(change['to_features'])}"
    for sign, style, tags in (("+", "green", change["added"]), ("-", "red", change["removed"])):
        if tags:
            yield f"[{style}]{sign} {escape(', '.join(tags))}[/]"
    if change["called_tagger"] and not (change["added"] or change["removed"]):
        yield "the same tags as before"
    if change["called_tagger"]:
        yield f"[dim]by {escape(change['tagger_version'])}{_words(change['vocabulary'])}[/]{_price(change)}"
    for note in change["notes"]:
        yield f"[yellow]of the question, {escape(short(note))}[/]"
    if change["problems"]:
        yield f"[yellow]of the answer, left out: {escape(short('; '.join(change['problems'])))}[/]"


def _price(change: dict[str, Any]) -> str:
    repaired = ", with a repair" if change["repaired"] else ""
    return f"  {change['tokens']:,} tokens{repaired}" if change["tokens"] else ""


def _words(vocabulary: str | None) -> str:
    if vocabulary is None:
        return ", vocabulary no longer known"
    return f", vocabulary {vocabulary[:12]}" if vocabulary else ", no vocabulary"


def _costs(console: Console, story: Explanation) -> None:
    costs = story.costs
    if not costs.total and not costs.unknown:
        return
    _title(console, "what it cost")
    console.print(f"  {costs.total:,} tokens: {costs.vision:,} for its files, {costs.tags:,} for its tags")
    if costs.unknown:
        lost = "1 call with an unknown end counts as it was" if costs.unknown == 1 else None
        lost = lost or f"{costs.unknown} calls with an unknown end count as they were"
        indented(console, 2, f"[red]{lost} reserved[/]")
    for name, others in costs.shared.items():
        more = "another publication" if others == 1 else f"{others} other publications"
        indented(
            console, 2, f"file {name[:12]} is in {more} as well: it was paid once, and each of them tells its price"
        )


def _events(console: Console, story: Explanation) -> None:
    _title(console, "work and events")
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in story.work:
        version = f", version {row['revision']}" if row["step"] == Step.ANALYZE else ""
        file = f"file {row['sha256'][:12]}{version}" if row["sha256"] else f"revision {row['revision']}"
        times = (_times(row),) if story.traced is not None else ()
        table.add_row(f"  {row['step']}", file, row["state"], *times, escape(_note(row)))
    console.print(table)
    for event in story.events:
        sent = "" if event["published"] else " [red]not sent yet[/]"
        console.print(f"  {event['created_at'][:19]}  {event['routing_key']}{sent}")


def _times(row: dict[str, Any]) -> str:
    """When the row became due and when it changed last, in UTC, and the seconds of work."""
    began, ended = (datetime.fromisoformat(row[name]) for name in ("created_at", "updated_at"))
    tries = f", {row['attempts']} attempts" if row["attempts"] > 1 else ""
    return f"{began:%Y-%m-%d %H:%M:%S} to {ended:%H:%M:%S}, {row['seconds']:.2f} s{tries}"


def _note(row: dict[str, Any]) -> str:
    """The reason for the state of a row. Shows an error only while it matters: finished work has overcome it."""
    told = row["reason"]
    if row["state"] in (State.DUE, State.LEASED, State.DEAD):
        told = row["last_error"] or told
    until = datetime.fromisoformat(row["until"]) if row["until"] else None
    later = until is not None and (row["state"] == State.WAITING or until > datetime.now(UTC))
    return short(str(told or "")) + (f", until {moment(until, datetime.now(UTC))}" if later and until else "")


def _title(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/]")


def _cut(value: str | None) -> str:
    return value[:12] if value else "none"


def _version(value: int | None, recipes: dict[int, str]) -> str:
    return f"{value} ({escape(recipes[value])})" if value in recipes else _none(value)


def _none(value: int | None) -> str:
    return "none" if value is None else str(value)
