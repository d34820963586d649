"""The acts of operators on channels, each with its audit entry: the page, the API and the commands call these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.access.audit import record
from app.domain.access.audited import Acted, Actor
from app.domain.flow import Call
from app.domain.kinds import Step
from app.models import Channel
from app.operations import channels, fetch_rules
from app.operations.fetch_rules import Changed

ALL = "every channel"  # the target of an act on each of them
NAMED = 10  # channels that a target names; details have all
NOTHING_TO_READ = (
    "nothing to read: each history has been read to its beginning or to the --since of its channel, "
    "or its channel was never polled"
)


@dataclass(frozen=True)
class Added:
    """entry: of the audit. channels: each with whether it is new here or was removed. changed: their limits."""

    entry: int
    channels: list[tuple[Channel, bool]]
    changed: list[Changed]


@dataclass(frozen=True)
class Backfilled:
    """entry: of the audit; None if no channel has any history to read. calls: to publish after the commit."""

    entry: int | None
    channels: list[Channel]
    calls: list[Call]


def add(session: Session, actor: Actor, texts: Iterable[str], limits: Mapping[str, Any]) -> Added:
    """Starts to watch these channels. limits: changes of fields of FetchRules; call `let_in_now` after the commit.

    UserError with the remedy for a text that names no channel; then none is added.
    """
    found = channels.add(session, texts)
    changed = [fetch_rules.change(session, channel, limits) for channel, _ in found] if limits else []
    fresh = [channel.reference for channel, new in found if new]
    known = [channel.reference for channel, new in found if not new]
    more: dict[str, Any] = {"limits": changed[0].rules.as_json()} if changed else {}
    target = _target([channel for channel, _ in found])
    entry = record(session, actor, Acted.CHANNEL_ADD, target, new=fresh, watched_before=known, **more)
    return Added(entry, found, changed)


def stop(session: Session, actor: Actor, chosen: Sequence[Channel]) -> int:
    """Watches these channels no more; their posts stay. Returns the audit entry."""
    for channel in chosen:
        channels.stop(session, channel)
    return record(session, actor, Acted.CHANNEL_STOP, _target(chosen), channels=_references(chosen))


def resume(session: Session, actor: Actor, channel: Channel) -> int:
    """Watches a channel again, from where it stopped. Returns the audit entry."""
    channels.resume(session, channel)
    return record(session, actor, Acted.CHANNEL_RESUME, channel.reference)


def limit(
    session: Session, actor: Actor, chosen: Sequence[Channel], limits: Mapping[str, Any]
) -> tuple[int, list[Changed]]:
    """Changes the limits of these channels; call `let_in_now` for each after the commit. Returns the audit entry."""
    changed = [fetch_rules.change(session, one, limits) for one in sorted(chosen, key=lambda one: one.id)]
    rules = {one.reference: one.rules.as_json() for one in changed}
    return record(session, actor, Acted.CHANNEL_LIMIT, _target(chosen), limits=rules), changed


def backfill(session: Session, actor: Actor, ids: Collection[int] | None = None, *, again: bool = False) -> Backfilled:
    """Makes the history of these channels due, None: of all. again: from the newest post on. See channels.backfill."""
    due = channels.backfill(session, ids, again=again)
    if not due:
        return Backfilled(None, [], [])
    target = ALL if ids is None else _target(due)
    entry = record(session, actor, Acted.CHANNEL_BACKFILL, target, channels=_references(due), again=again)
    return Backfilled(entry, due, [Call(Step.BACKFILL, ((channel.id, 0),), bulk=True) for channel in due])


def _references(chosen: Iterable[Channel]) -> list[str]:
    return [channel.reference for channel in chosen]


def _target(chosen: Sequence[Channel]) -> str:
    more = f" (+{len(chosen) - NAMED})" if len(chosen) > NAMED else ""
    return ", ".join(_references(chosen[:NAMED])) + more
