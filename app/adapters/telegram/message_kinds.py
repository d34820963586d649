"""Names the kind of a message for a reader, by Telegram's types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telethon.tl import types

from app.adapters.telegram.texts import snake

NAMES: Mapping[type, str] = {
    types.MessageMediaToDo: "to-do list",
    types.MessageMediaStory: "story",
    types.MessageMediaPaidMedia: "paid media",
    types.MessageMediaGeo: "location",
    types.MessageMediaGeoLive: "live location",
    types.MessageMediaVenue: "venue",
    types.MessageMediaContact: "contact",
    types.MessageMediaInvoice: "invoice",
    types.MessageMediaGiveaway: "giveaway",
    types.MessageMediaGiveawayResults: "giveaway results",
    types.MessageMediaGame: "game",
    types.MessageMediaDice: "dice",
    types.MessageMediaVideoStream: "live stream",
    types.MessageMediaUnsupported: "unsupported",
}


def kind_of(message: Any) -> str:
    """The kind of a types.Message."""
    media = message.media
    if getattr(message, "rich_message", None) is not None:
        return "rich message"
    if isinstance(media, type(None) | types.MessageMediaEmpty):
        return "text"
    if isinstance(media, types.MessageMediaWebPage):
        return "article" if getattr(media.webpage, "cached_page", None) is not None else "link preview"
    if isinstance(media, types.MessageMediaPoll):
        return "quiz" if media.poll.quiz else "poll"
    if isinstance(media, types.MessageMediaPhoto):
        return "live photo" if media.live_photo or media.video is not None else "photo"
    if isinstance(media, types.MessageMediaDocument):
        return _document(media)
    return NAMES.get(type(media), snake(type(media).__name__.removeprefix("MessageMedia")).replace("_", " "))


def kind_of_service(message: Any) -> str:
    """The kind of a types.MessageService, by its action."""
    action = type(message.action).__name__.removeprefix("MessageAction")
    return f"service: {snake(action).replace('_', ' ')}"


def _document(media: Any) -> str:
    attributes = {type(one): one for one in getattr(media.document, "attributes", None) or ()}
    video, audio = attributes.get(types.DocumentAttributeVideo), attributes.get(types.DocumentAttributeAudio)
    if types.DocumentAttributeSticker in attributes:
        return "sticker"
    if types.DocumentAttributeCustomEmoji in attributes:
        return "custom emoji"
    if types.DocumentAttributeAnimated in attributes:
        return "animation"
    if video is not None:
        return "round video" if video.round_message else "video"
    if audio is not None:
        return "voice message" if audio.voice else "audio"
    return _announced(media)


def _announced(media: Any) -> str:
    """The kind of a file whose attributes do not tell: one that destroyed itself has none."""
    flags = {"round video": media.round, "voice message": media.voice, "video": media.video}
    return next((kind for kind, is_so in flags.items() if is_so), "document")
