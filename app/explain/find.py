"""Finds the publication that a user names: by permalink, channel and message id, database id or trace."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import trace
from app.domain import links
from app.domain.steps import STEPS
from app.errors import Permanent, UserError
from app.models import OutboxEvent, Post, Publication, Question, Work
from app.search.filters import find_channels, name_channels
from app.search.within import Within

NUMBER = re.compile(r"[0-9]{1,18}")  # any such number fits into 64 bits


def _unread(post: Post) -> str:
    if set(post.raw or {}) <= {"id"}:
        return "could not be read, and only its id is known; `media-audit backfill --again` asks again after an update"
    return "could not be read; its raw form is kept"


def find(session: Session, name: str, within: Within = None) -> Publication:
    """The publication of a post. name: permalink, channel/message id, or database id of the post.

    within: channels of which it has to be. UserError if there is none.
    """
    post = find_post(session, name, within)
    if post is None:
        raise UserError(
            f"no post {name!r} is kept: give its permalink, CHANNEL/MESSAGE, or its id as `search --json` has it"
        )
    if post.publication_id is None:
        what = _unread(post) if post.status == "unparsed" else f"is a note of Telegram's own{_kind(post)}"
        raise UserError(f"message {post.telegram_message_id} {what}: it has no tags")
    return session.get_one(Publication, post.publication_id)


def find_post(session: Session, name: str, within: Within = None) -> Post | None:
    """The post itself, also one without a publication; None if none is kept. name, within: as of `find`."""
    post = _by_database_id(session, int(name)) if NUMBER.fullmatch(name) else _by_message(session, name, within)
    return None if post is None or (within is not None and post.channel_id not in within) else post


def _kind(post: Post) -> str:
    return f" ({post.kind.removeprefix('service: ')})" if post.kind else ""


@dataclass(frozen=True)
class Traced:
    """The revision of a publication that a trace belongs to."""

    trace_id: str
    publication_id: int
    revision: int


def find_trace(session: Session, name: str) -> Traced:
    """The revision with this trace, even if a later one superseded it. UserError if there is none.

    An earlier revision is found by its rows of work and its events: both tables are scanned.
    """
    trace_id = trace.known(name.strip().lower().replace("-", ""))
    if trace_id is None:
        raise UserError(f"{name!r} is no trace id: 32 hexadecimal digits, as a line of the log or an event has it")
    current = select(Publication.id, Publication.revision).where(Publication.trace_id == trace_id)
    event = select(OutboxEvent.publication_id, OutboxEvent.payload["revision"].as_integer())
    work = select(Work.subject_id, Work.revision).where(Work.step.in_(STEPS.revised), Work.trace_id == trace_id)
    for query in (current, event.where(OutboxEvent.trace_id == trace_id), work):
        if (found := session.execute(query.limit(1)).first()) is not None:
            return Traced(trace_id, found[0], found[1])
    if (asked := session.scalar(select(Question.id).where(Question.trace_id == trace_id))) is not None:
        raise UserError(f"trace {trace_id} is of a question: `media-audit ask --show {asked}` shows it")
    raise UserError(f"nothing is kept of trace {trace_id}: each revision of a publication has one, polls have none")


def _by_database_id(session: Session, number: int) -> Post | None:
    return session.get(Post, number)


def _by_message(session: Session, name: str, within: Within) -> Post | None:
    channel, message = _message(name)
    if not channel or not NUMBER.fullmatch(message):
        return None
    ids = find_channels(session, channel, within)
    query = select(Post).where(Post.channel_id.in_(ids), Post.telegram_message_id == int(message))
    return min(session.scalars(query), key=lambda post: ids.index(post.channel_id), default=None)


def renamed_since(session: Session, name: str) -> str | None:
    """A remark for the user who named a post by a former name of its channel; None if that is its name today."""
    channel, message = _message(name)
    if not channel or not NUMBER.fullmatch(message):
        return None
    now = name_channels(session, channel).now
    return None if now is None else f"{channel} is a former name of {now}; no watched channel has it today"


def _message(name: str) -> tuple[str, str]:
    """The channel and the message of a link, @name/12 or TITLE/12; empty where there is none."""
    channel, _, message = links.cleaned(name).rpartition("/")
    try:
        link = links.read(name)
    except Permanent as error:
        # A title may look like an address: Lenta.ru/12.
        if links.is_link(name) and not re.fullmatch(r"[^/:]+", channel):
            raise UserError(error.reason) from error
        return channel, message
    if link.channel.invite or link.message_id is None:
        return "", ""
    return f"@{link.channel.username}" if link.channel.username else str(link.channel.telegram_id), str(link.message_id)
