"""Rows that acts of users act on, one new each time."""

from __future__ import annotations

import hashlib
import json
from itertools import count
from typing import Any

from app.access import sessions
from app.db import transaction
from app.domain.access.roles import Role
from tests.integration.pipeline.database import change, one

_numbers = count(1)


def fresh(name: str) -> str:
    """A name that no row has."""
    return f"{name}{next(_numbers)}"


def _row(insert: str, **values: Any) -> int:
    number: int = one(f"{insert} RETURNING id", **values)
    return number


def channel(*, enabled: bool = True) -> int:
    """A channel with history to read."""
    return _row(
        "INSERT INTO channels (reference, cursor, backfill_cursor, enabled) VALUES (:name, 90, 40, :enabled)",
        name=fresh("@c"),
        enabled=enabled,
    )


def kept_file() -> str:
    """The sha256 of a file that no post has."""
    sha256 = hashlib.sha256(fresh("file").encode()).hexdigest()
    change("INSERT INTO media_files (sha256, size, mime) VALUES (:sha256, 9, 'image/jpeg')", sha256=sha256)
    return sha256


def publication() -> int:
    """A publication of one post that can be tagged again."""
    of = channel()
    post = _row("INSERT INTO posts (channel_id, telegram_message_id, posted_at) VALUES (:of, 1, now())", of=of)
    row = "INSERT INTO publications (channel_id, lead_post_id, persisted_revision) VALUES (:of, :post, 1)"
    number = _row(row, of=of, post=post)
    change("UPDATE posts SET publication_id = :id WHERE id = :post", id=number, post=post)
    return number


def dead_row(step: str = "tag", subject: int | None = None, revision: int = 1) -> int:
    """A dead row of work of a publication."""
    row = "INSERT INTO work (step, subject_id, revision, state) VALUES (:step, :subject, :revision, 'dead')"
    return _row(row, step=step, subject=publication() if subject is None else subject, revision=revision)


def run_of(what: str) -> str:
    """The kind of a run of reading or tagging again, which is open."""
    scope = json.dumps({"channel": "", "since": "", "where": [], "everything": False})
    row = "INSERT INTO reprocess_runs (what, act, scope, choice) VALUES (:what, 'start', CAST(:scope AS jsonb), '{}')"
    change(row, what=what, scope=scope)
    return what


def token() -> int:
    """A token of the API."""
    row = (
        "INSERT INTO api_tokens (name, token_hash, role, scopes, expires_at)"
        " VALUES ('t', :hash, 'operator', '{read}', now() + interval '1 day')"
    )
    return _row(row, hash=fresh("0"))


def cap() -> str:
    """A budget whose cap an operator has set."""
    change(
        "INSERT INTO budget_caps (budget, span, lasting, tokens, set_by) VALUES ('openai', 'day', true, 7, 'bob')"
        " ON CONFLICT DO NOTHING"
    )
    return "openai"


def resting() -> str:
    """A provider that rests."""
    change(
        "INSERT INTO paid_providers (provider, block, blocked_until)"
        " VALUES ('openai', 'outage', now() + interval '1 hour')"
        " ON CONFLICT (provider) DO UPDATE SET block = 'outage', blocked_until = excluded.blocked_until"
    )
    return "openai"


def export() -> int:
    """An export that is not whole yet."""
    return _row(
        "INSERT INTO exports (directory, query, expanded, formats, media, language, made_by, via, trace_id)"
        " VALUES (:name, 'cat', 'cat', '{jsonl}', false, 'en', 'bob', 'page', '0')",
        name=fresh("2026-01-01-"),
    )


def user(role: str = "reader") -> str:
    """A user without a password."""
    name = fresh("user")
    change("INSERT INTO users (name, role, form_key) VALUES (:name, :role, 'k')", name=name, role=role)
    return name


def session() -> int:
    """An open session."""
    with transaction() as database:
        sessions.begin(database, None, Role.READER, "a test")
    number: int = one("SELECT max(id) FROM web_sessions")
    return number


def search() -> str:
    """A saved search."""
    name = fresh("search")
    change("INSERT INTO saved_searches (name, query) VALUES (:name, 'cat')", name=name)
    return name


def alert(*, paused: bool = False) -> int:
    """An alert with a feed that has an address."""
    row = (
        "INSERT INTO alerts (name, search, created_by, since, paused_at)"
        " VALUES (:name, :search, 'bob', now(), CASE WHEN :paused THEN now() END)"
    )
    number = _row(row, name=fresh("alert"), search=search(), paused=paused)
    feed = "INSERT INTO alert_destinations (alert_id, medium, address, token_hash) VALUES (:id, 'feed', '', :hash)"
    change(feed, id=number, hash=fresh("hash"))
    return number


def signing_alert() -> int:
    """An alert with a webhook whose secret is being changed."""
    number = alert()
    row = "INSERT INTO alert_destinations (alert_id, medium, address, secrets) VALUES (:id, 'webhook', 'x', '{a,b}')"
    change(row, id=number)
    return number


def delivery() -> tuple[int, int, int]:
    """An alert, a hit of it and an address: a delivery that was given up."""
    number = alert()
    row = "INSERT INTO alert_hits (alert_id, publication_id, number, reason, revision) VALUES (:a, :p, 1, 'new', 1)"
    hit = _row(row, a=number, p=publication())
    address = _row("INSERT INTO alert_destinations (alert_id, medium, address) VALUES (:a, 'webhook', 'x')", a=number)
    dead_row("deliver", hit, address)
    return number, hit, address
