"""Reads answers whose less important parts have a form that Telethon does not know.

A part of unknown form has an unknown length, so the rest of the answer has no known beginning. A page needs its
messages alone, which come first; channels among the rest are found by their constructors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import functions, types
from telethon.tl.alltlobjects import tlobjects

from app.adapters.telegram.redaction import UNREADABLE, constructor, words
from app.adapters.telegram.refusals import Unreadable

VECTOR = 0x1CB5C415
_CHAT, _USER, _MESSAGE = (kind.SUBCLASS_OF_ID for kind in (types.Channel, types.User, types.Message))
_FAILURE = "_media_audit_failure"


class Tolerant(functions.InvokeWithoutUpdatesRequest):  # type: ignore[misc]
    """A request without updates, whose answer is read as far as it can be read."""

    @staticmethod
    def read_result(reader: BinaryReader) -> Any:
        """See `read`. Telethon calls this with the bytes of the answer."""
        return read(reader)


class GetFile(functions.upload.GetFileRequest):  # type: ignore[misc]
    """upload.getFile, whose answer may name a type of file that Telethon does not know."""

    @staticmethod
    def read_result(reader: BinaryReader) -> Any:
        """The answer. The type says nothing that the bytes do not say."""
        start = reader.tell_position()
        try:
            return reader.tgread_object()
        except UNREADABLE as error:
            failure = unreadable(error)
        reader.set_position(start)
        if reader.read_int(signed=False) != types.upload.File.CONSTRUCTOR_ID:
            raise failure
        reader.read_int()  # all types of files known so far are a number without fields
        return _parsed(lambda: types.upload.File(types.storage.FileUnknown(), reader.read_int(), reader.tgread_bytes()))


def unreadable(error: BaseException) -> Unreadable:
    """The error of reading an answer as ours. It holds the constructor, and no byte of the answer."""
    if isinstance(error, Unreadable):
        return error
    number = constructor(error)
    return Unreadable(f"constructor {number}" if number else words(error))


def failure_of(answer: Any) -> Unreadable | None:
    """Why a part of the answer is missing; None if it is whole."""
    found: Unreadable | None = getattr(answer, _FAILURE, None)
    return found


def read(reader: BinaryReader) -> Any:
    """An answer, whole or with the parts that can be read.

    Unreadable if a part is missing that the answer is useless without; its `messages` are those that were read.
    """
    start = reader.tell_position()
    try:
        return reader.tgread_object()
    except UNREADABLE as error:
        failure = unreadable(error)
    reader.set_position(start)
    number = reader.read_int(signed=False)
    if number not in _READERS:
        raise failure
    answer = _parsed(lambda: _READERS[number](reader, failure))
    setattr(answer, _FAILURE, failure)
    return answer


def _parsed(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except UNREADABLE as error:
        raise unreadable(error) from None


def _page(kind: Any, head: Callable[[BinaryReader], dict[str, Any]]) -> Callable[[BinaryReader, Unreadable], Any]:
    """Reads one of the kinds of messages.Messages: all of its messages, and the channels that can be found."""

    def read_page(reader: BinaryReader, failure: Unreadable) -> Any:
        fields = head(reader)
        messages = _vector(reader)
        if not messages.whole:
            raise Unreadable(failure.form, tuple(messages.items))
        chats = _salvaged(reader, reader.tell_position(), _CHAT)
        return kind(messages=messages.items, topics=[], chats=chats, users=[], **fields)

    return read_page


def _no_head(reader: BinaryReader) -> dict[str, Any]:
    return {}


def _slice_head(reader: BinaryReader) -> dict[str, Any]:
    flags, count = reader.read_int(), reader.read_int()
    for flag in (1, 4):  # next_rate, offset_id_offset
        if flags & flag:
            reader.read_int()
    if flags & 8:
        reader.tgread_object()  # search_flood
    return {"count": count, "inexact": bool(flags & 2)}


def _channel_head(reader: BinaryReader) -> dict[str, Any]:
    flags, pts, count = reader.read_int(), reader.read_int(), reader.read_int()
    offset = reader.read_int() if flags & 4 else None
    return {"pts": pts, "count": count, "inexact": bool(flags & 2), "offset_id_offset": offset}


def _full_channel(reader: BinaryReader, failure: Unreadable) -> Any:
    """messages.ChatFull: the full description, or only its text, which comes early; and the channels."""
    start = reader.tell_position()
    try:
        full = reader.tgread_object()
    except UNREADABLE:
        reader.set_position(start)
        full = FullChannel(_about(reader))
    return types.messages.ChatFull(full, _salvaged(reader, start, _CHAT), users=[])


def _about(reader: BinaryReader) -> str:
    if reader.read_int(signed=False) != types.ChannelFull.CONSTRUCTOR_ID:
        return ""
    reader.read_int(), reader.read_int(), reader.read_long()  # flags, more flags, id
    return str(reader.tgread_string())


@dataclass(frozen=True)
class FullChannel:
    """The readable part of a channel's full description. Which messages are hidden stands behind it."""

    about: str


def _resolved(reader: BinaryReader, failure: Unreadable) -> Any:
    """contacts.ResolvedPeer."""
    peer = reader.tgread_object()
    return types.contacts.ResolvedPeer(peer, _salvaged(reader, reader.tell_position(), _CHAT), users=[])


def _dialogs(kind: Any, counted: bool) -> Callable[[BinaryReader, Unreadable], Any]:
    """Reads one of the kinds of messages.Dialogs: all messages, channels and users that can be found."""

    def read_dialogs(reader: BinaryReader, failure: Unreadable) -> Any:
        fields = {"count": reader.read_int()} if counted else {}
        start = reader.tell_position()
        messages, chats, users = (_salvaged(reader, start, family) for family in (_MESSAGE, _CHAT, _USER))
        return kind(dialogs=[], messages=messages, chats=chats, users=users, **fields)

    return read_dialogs


_READERS: dict[int, Callable[[BinaryReader, Unreadable], Any]] = {
    types.messages.Messages.CONSTRUCTOR_ID: _page(types.messages.Messages, _no_head),
    types.messages.MessagesSlice.CONSTRUCTOR_ID: _page(types.messages.MessagesSlice, _slice_head),
    types.messages.ChannelMessages.CONSTRUCTOR_ID: _page(types.messages.ChannelMessages, _channel_head),
    types.messages.ChatFull.CONSTRUCTOR_ID: _full_channel,
    types.contacts.ResolvedPeer.CONSTRUCTOR_ID: _resolved,
    types.messages.Dialogs.CONSTRUCTOR_ID: _dialogs(types.messages.Dialogs, counted=False),
    types.messages.DialogsSlice.CONSTRUCTOR_ID: _dialogs(types.messages.DialogsSlice, counted=True),
}


@dataclass(frozen=True)
class _Vector:
    items: list[Any]
    whole: bool


def _vector(reader: BinaryReader) -> _Vector:
    """The objects of a vector up to the first one that cannot be read."""
    if reader.read_int(signed=False) != VECTOR:
        return _Vector([], whole=False)
    items: list[Any] = []
    for _ in range(reader.read_int()):
        try:
            items.append(reader.tgread_object())
        except UNREADABLE:
            return _Vector(items, whole=False)
    return _Vector(items, whole=True)


def _salvaged(reader: BinaryReader, start: int, family: int) -> list[Any]:
    """All objects of a TL type from a position on, by their constructors: these are multiples of 4 bytes away.

    32 bits and all fields of an object have to fit. Telegram tells by the ids which of them a caller wants.
    """
    data = reader.get_bytes()
    numbers: Sequence[int] = memoryview(data)[start : start + (len(data) - start) // 4 * 4].cast("I")
    found, free = [], 0
    for index, number in enumerate(numbers):
        if index >= free and getattr(tlobjects.get(number), "SUBCLASS_OF_ID", None) == family:
            reader.set_position(start + 4 * index)
            try:
                found.append(reader.tgread_object())
            except UNREADABLE:
                continue
            free = (reader.tell_position() - start) // 4
    return found
