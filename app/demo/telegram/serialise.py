"""Values of app.demo.world as Telegram's TL objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from telethon.tl import types

from app.demo.telegram.aliens import Alien
from app.demo.telegram.any_message import any_message
from app.demo.telegram.faults import Faults, Strangeness
from app.demo.telegram.file_catalog import MAIN_DC, FileCatalog
from app.demo.world import Channel, File, Forwarded, Message, TextEntity

CREATED = datetime(2020, 1, 1, tzinfo=UTC)  # of channels; no client reads their age


def channel_object(channel: Channel, access_hash: int | None = None, faults: Faults | None = None) -> Any:
    """The channel in the form of the chats of every answer. access_hash: this account's own."""
    reasons = [r for r in faults.restricted if r.channel == channel.telegram_id] if faults else []
    names = [name for name in (channel.username, *channel.usernames) if name]
    several = len(names) > 1  # then Telegram leaves the single field empty
    return types.Channel(
        id=channel.telegram_id,
        title=channel.title,
        photo=types.ChatPhotoEmpty(),
        date=CREATED,
        broadcast=True,
        access_hash=channel.access_hash if access_hash is None else access_hash,
        username=None if several else channel.username,
        usernames=[types.Username(n, active=True, editable=n == channel.username) for n in names] if several else None,
        restricted=bool(reasons),
        restriction_reason=[types.RestrictionReason(r.platform, r.reason, "not for you") for r in reasons] or None,
    )


def message_object(channel: Channel, message: Message, shelf: FileCatalog, faults: Faults) -> Any:
    """The message, distorted if the faults say so."""
    strange = faults.strangeness(channel.telegram_id, message.id)
    if strange == "unknown":
        return Alien()
    if strange == "nul":
        message = replace(message, text=message.text[:1] + "\x00" + message.text[1:])
    peer = types.PeerChannel(channel.telegram_id)
    if message.tl is not None:
        return any_message(message, peer, shelf)
    if message.service:
        action = types.MessageActionChatEditTitle(message.text or channel.title)
        return types.MessageService(id=message.id, peer_id=peer, date=message.date, action=action, post=True)
    return types.Message(
        id=message.id,
        peer_id=peer,
        date=message.date,
        message=message.text,
        post=True,
        media=_media(message, shelf, faults, strange),
        entities=[*([Alien()] if strange == "unknown_entity" else []), *map(_entity, message.entities)] or None,
        reply_markup=Alien() if strange == "unknown_markup" else None,
        fwd_from=_forward(message.forwarded) if message.forwarded else None,
        reply_to=types.MessageReplyHeader(reply_to_msg_id=message.reply_to) if message.reply_to else None,
        views=message.views,
        forwards=None if message.views is None else 0,  # both hang on one flag: one without the other is not valid
        edit_date=message.edit_date,
        grouped_id=message.grouped_id,
    )


def hole(channel: Channel, message_id: int) -> Any:
    """The placeholder of an id without a message."""
    return types.MessageEmpty(id=message_id, peer_id=types.PeerChannel(channel.telegram_id))


def _entity(entity: TextEntity) -> Any:
    kind = getattr(types, f"MessageEntity{entity.kind}")
    extra: dict[str, Any] = {}
    if entity.kind == "TextUrl":
        extra = {"url": entity.url or ""}
    elif entity.kind == "Pre":
        extra = {"language": ""}
    return kind(offset=entity.offset, length=entity.length, **extra)


def _forward(forwarded: Forwarded) -> Any:
    source = None if forwarded.channel_id is None else types.PeerChannel(forwarded.channel_id)
    return types.MessageFwdHeader(
        date=forwarded.date, from_id=source, from_name=forwarded.name, channel_post=forwarded.message_id
    )


def _media(message: Message, shelf: FileCatalog, faults: Faults, strange: Strangeness | None) -> Any:
    if strange == "poll":
        return _poll()
    if strange == "unknown_media":
        return Alien()
    if strange == "unknown_inside":
        page = types.Page("https://example.org", [Alien()], [], [])
        return types.MessageMediaWebPage(types.WebPage(1, "https://example.org", "e", 0, cached_page=page))
    if strange == "no_photo":
        return types.MessageMediaPhoto(photo=types.PhotoEmpty(id=1))
    if message.file is None:
        return None
    shelf.add(message.file)
    dc = MAIN_DC if faults.lying_dc else shelf.dc(message.file)
    if message.file.kind == "photo":
        return types.MessageMediaPhoto(photo=_photo(message.file, message.date, shelf, dc, faults))
    return types.MessageMediaDocument(
        document=_document(message.file, message.date, shelf, dc, faults), video=message.file.kind == "video" or None
    )


def _photo(file: File, date: datetime, shelf: FileCatalog, dc: int, faults: Faults) -> Any:
    size = faults.claims.get(file.id, shelf.size(file))
    # Telegram sends either form for the largest size; clients must understand both, so ids decide.
    largest = (
        types.PhotoSizeProgressive("y", file.width, file.height, [size // 4, size // 2, size])
        if file.id % 2
        else types.PhotoSize("y", file.width, file.height, size)
    )
    return types.Photo(
        id=file.id,
        access_hash=shelf.access_hash(file),
        file_reference=shelf.reference(file),
        date=date,
        sizes=[types.PhotoStrippedSize("i", b"\x01\x01\x01"), largest],
        dc_id=dc,
    )


def _document(file: File, date: datetime, shelf: FileCatalog, dc: int, faults: Faults) -> Any:
    return types.Document(
        id=file.id,
        access_hash=shelf.access_hash(file),
        file_reference=shelf.reference(file),
        date=date,
        mime_type=file.mime,
        size=faults.claims.get(file.id, shelf.size(file)),
        dc_id=dc,
        attributes=_attributes(file),
    )


def _attributes(file: File) -> list[Any]:
    attributes: list[Any] = []
    if file.kind == "video":
        attributes.append(types.DocumentAttributeVideo(file.duration, file.width, file.height, supports_streaming=True))
    elif file.kind == "audio":
        attributes.append(types.DocumentAttributeAudio(int(file.duration)))
    elif file.width and file.height:
        attributes.append(types.DocumentAttributeImageSize(file.width, file.height))
    if file.name is not None:
        attributes.append(types.DocumentAttributeFilename(file.name))
    return attributes


def _poll() -> Any:
    text = types.TextWithEntities("?", [])
    return types.MessageMediaPoll(poll=types.Poll(id=1, question=text, answers=[], hash=0), results=types.PollResults())
