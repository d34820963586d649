"""Tells a message that is gone from one that this account may not see: Telegram answers both with a hole."""

from __future__ import annotations

from app.domain.messages import ChannelInfo


def why_unseen(message_id: int, told: ChannelInfo | None) -> str | None:
    """Why the hole at this id proves no deletion; None if it does. told: the channel with its hidden messages."""
    if told is None or told.hidden_until is None:
        return "whether it is hidden from this account cannot be read"
    if told.restriction:
        return "Telegram restricts the channel"
    if message_id <= told.hidden_until:
        return "it is hidden from this account, which joined after it"
    return None
