"""Maps messages of Telegram to values of the domain. Pure functions over Telethon's TL objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from telethon.tl import types

from app.adapters.telegram import notes
from app.adapters.telegram.content import content_of
from app.adapters.telegram.message_kinds import kind_of, kind_of_service
from app.adapters.telegram.raw import to_json
from app.adapters.telegram.redaction import words
from app.adapters.telegram.texts import clean, entities_of
from app.domain.messages import Forward, Incoming, Unparsed

__all__ = ["clean", "map_message", "unreadable"]


def map_message(message: Any) -> Incoming | Unparsed | None:
    """One message; None for an empty one (a hole); Unparsed with its raw JSON if anything in it is unexpected."""
    if isinstance(message, types.MessageEmpty):
        return None
    try:
        return _service(message) if isinstance(message, types.MessageService) else _message(message)
    except Exception as error:
        return _unparsed(message, error)


def unreadable(message_id: int, error: BaseException) -> Unparsed:
    """The placeholder of a message whose bytes cannot be parsed: only its id is known."""
    return Unparsed(message_id, None, {"id": message_id}, words(error))


def _message(message: Any) -> Incoming:
    content = content_of(message, datetime.now(UTC))
    edited = None if message.edit_hide else message.edit_date  # hidden edits are reactions and buttons, not content
    return Incoming(
        id=_int(message.id),
        date=_utc(message.date),
        text=clean(message.message or ""),
        grouped_id=message.grouped_id,
        edit_date=_utc(edited) if edited else None,
        entities=entities_of(message.entities),
        media=content.ordered(),
        kind=kind_of(message),
        words=tuple(content.words),
        not_taken=tuple(content.not_taken),
        silent=frozenset(content.silent),
        forward=_forward(message.fwd_from) if message.fwd_from else None,
        reply_to=_reply_to(message),
        views=message.views,
        forwards=message.forwards,
        raw=to_json(message),
    )


def _service(message: Any) -> Incoming:
    return Incoming(
        id=_int(message.id),
        date=_utc(message.date),
        text="",
        reply_to=_reply_to(message),
        service=True,
        kind=kind_of_service(message),
        words=notes.words_of(message.action),
        not_taken=notes.not_taken(message.action),
        raw=to_json(message),
    )


def _unparsed(message: Any, error: Exception) -> Unparsed:
    try:
        raw = to_json(message)
    except Exception as second:
        raw = {"id": message.id, "unreadable": words(second)}
    date = message.date if isinstance(getattr(message, "date", None), datetime) else None
    return Unparsed(message.id, _utc(date) if date else None, raw, words(error))


def _forward(header: Any) -> Forward:
    source = header.from_id
    number = next((getattr(source, n) for n in ("channel_id", "user_id", "chat_id") if hasattr(source, n)), None)
    return Forward(
        from_telegram_id=number,
        from_name=clean(header.from_name) if header.from_name else None,
        message_id=header.channel_post,
        date=_utc(header.date) if header.date else None,
    )


def _reply_to(message: Any) -> int | None:
    """The id of the message replied to, if it is in the same channel."""
    header = message.reply_to
    if not isinstance(header, types.MessageReplyHeader):
        return None
    elsewhere = header.reply_to_peer_id is not None and header.reply_to_peer_id != message.peer_id
    return None if elsewhere else header.reply_to_msg_id


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _int(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("the id is no number")
    return value
