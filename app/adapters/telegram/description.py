"""Maps the channel that comes with every answer: its names, its title, and which of its messages it keeps from us."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from telethon.tl import types

from app.adapters.telegram.mapping import clean
from app.domain.messages import ChannelInfo, ChannelRef, Restriction


def told_in(answer: Any, channel: ChannelRef, full: Any = None) -> ChannelInfo | None:
    """The channel as the chats of an answer describe it; None if they do not, or only in part. full: a ChannelFull."""
    chats = (chat for chat in answer.chats if isinstance(chat, types.Channel) and chat.id == channel.telegram_id)
    chat = next((chat for chat in chats if not chat.min), None)
    return None if chat is None else described(chat, channel, full)


def described(chat: Any, ref: ChannelRef, full: Any = None) -> ChannelInfo:
    """A types.Channel as a value. full: its ChannelFull, which alone tells of hidden messages, or a part of it."""
    names = usernames(chat)
    return ChannelInfo(
        ref=ChannelRef(chat.id, chat.access_hash or ref.access_hash),
        username=names[0] if names else None,
        title=clean(chat.title),
        about=clean(full.about) if full is not None else "",
        usernames=names,
        restriction=_restriction(chat),
        hidden_until=(full.available_min_id or 0) if isinstance(full, types.ChannelFull) else None,
        at=datetime.now(UTC),
    )


def usernames(chat: Any) -> tuple[str, ...]:
    """The active names, the one that its owner chose first: with several, the single field is empty."""
    listed = sorted((u for u in chat.usernames or () if u.active), key=lambda u: not u.editable)
    names = [chat.username, *(u.username for u in listed)]
    return tuple(dict.fromkeys(name for name in names if name))


def _restriction(chat: Any) -> Restriction:
    """https://core.telegram.org/constructor/restrictionReason: platforms are names of apps, or all."""
    if not chat.restricted:
        return ""
    platforms = {reason.platform for reason in chat.restriction_reason or ()}
    return "apps" if platforms and "all" not in platforms else "all"
