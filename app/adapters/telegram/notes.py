"""Reads Telegram's own notes (service messages): their words, and the pictures that stay in Telegram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telethon.tl import types

from app.adapters.telegram.texts import lines
from app.domain.kinds import Origin
from app.domain.messages import Words

# Actions whose words are for readers. Others hold data of bots and payments, which may be private.
_WORDED = (
    types.MessageActionChannelCreate,
    types.MessageActionChannelMigrateFrom,
    types.MessageActionChatCreate,
    types.MessageActionChatEditTitle,
    types.MessageActionCustomAction,
    types.MessageActionGiftPremium,
    types.MessageActionPollAppendAnswer,
    types.MessageActionPollDeleteAnswer,
    types.MessageActionSuggestedPostApproval,
    types.MessageActionTodoAppendTasks,
    types.MessageActionTopicCreate,
    types.MessageActionTopicEdit,
)
_PICTURES = {
    types.MessageActionChatEditPhoto: "the new picture of the channel",
    types.MessageActionSuggestProfilePhoto: "the suggested picture",
    types.MessageActionSetChatWallPaper: "the wallpaper",
}


def words_of(action: Any) -> tuple[Words, ...]:
    """Titles, texts, tasks and answers that the note tells of."""
    text = lines(*_texts(action)) if isinstance(action, _WORDED) else ""
    return (Words(Origin.NOTE, text),) if text else ()


def not_taken(action: Any) -> tuple[str, ...]:
    """Why the picture of a note stays in Telegram."""
    picture = _PICTURES.get(type(action))
    return (f"{picture}: Telegram's notes are no posts, so their files are not fetched",) if picture else ()


def _texts(action: Any) -> Iterator[str | None]:
    for name in ("title", "message", "reject_comment"):
        value = getattr(action, name, None)
        yield getattr(value, "text", value)
    for item in getattr(action, "list", ()):
        yield item.title.text
    if (answer := getattr(action, "answer", None)) is not None:
        yield answer.text.text
