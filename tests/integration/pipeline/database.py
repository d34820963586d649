"""Rows as the pipeline's tests read and change them, in transactions of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app import db
from app.domain.kinds import Step


def rows(query: str, **parameters: object) -> list[tuple[Any, ...]]:
    """Rows of the database."""
    with db.transaction() as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


def one(query: str, **parameters: object) -> Any:
    """The single value of the single row."""
    [[value]] = rows(query, **parameters)
    return value


def change(statement: str, **parameters: object) -> None:
    """Changes rows behind the pipeline's back, as a crash or an operator would."""
    with db.transaction() as session:
        session.execute(text(statement), parameters)


def work(step: Step) -> list[tuple[Any, ...]]:
    """(subject, revision, state, reason) of a step's rows, oldest first."""
    return rows("SELECT subject_id, revision, state, reason FROM work WHERE step = :step ORDER BY id", step=step.value)


def albums() -> list[tuple[Any, ...]]:
    """(grouped_id, kind, items_count, state, message ids in order of position) of every album, by its first item."""
    return rows(
        "SELECT g.grouped_id, g.album_kind, g.items_count, g.state,"
        " array_agg(p.telegram_message_id ORDER BY i.position)"
        " FROM media_groups g LEFT JOIN media_group_items i ON i.group_id = g.id LEFT JOIN posts p ON p.id = i.post_id"
        " GROUP BY g.id ORDER BY g.channel_id, min(p.telegram_message_id)"
    )


def revision(message_id: int) -> int:
    """The revision of the publication that a message belongs to."""
    value = one(
        "SELECT b.revision FROM publications b JOIN posts p ON p.publication_id = b.id"
        " WHERE p.telegram_message_id = :id",
        id=message_id,
    )
    return int(value)


def enrichment(message_id: int, kind: str) -> dict[str, Any] | None:
    """The metadata that a message resolves to through its publication's lead post."""
    found = rows(
        "SELECT e.metadata FROM posts p JOIN publications b ON b.id = p.publication_id"
        " JOIN post_enrichment e ON e.post_id = b.lead_post_id AND e.kind = :kind WHERE p.telegram_message_id = :id",
        id=message_id,
        kind=kind,
    )
    return found[0][0] if found else None


def lineage(message_id: int) -> list[tuple[Any, ...]]:
    """(trigger, reason, whether the tagger was called, added, removed) of a message's publication, oldest first."""
    return rows(
        "SELECT t.trigger, t.reason, t.called_tagger, t.added, t.removed FROM tag_changes t"
        " JOIN posts p ON p.publication_id = t.publication_id WHERE p.telegram_message_id = :id ORDER BY t.id",
        id=message_id,
    )


def events(routing_key: str) -> list[tuple[Any, ...]]:
    """(publication, revision, idempotency key) of the events with this routing key, oldest first."""
    return rows(
        "SELECT publication_id, (payload->>'revision')::int, idempotency_key FROM outbox_events"
        " WHERE routing_key = :key ORDER BY id",
        key=routing_key,
    )
