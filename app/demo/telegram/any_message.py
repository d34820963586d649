"""Serves messages of any kind: a TL message as it is, with the file references that are valid now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import TLObject, types

from app.demo.telegram.file_catalog import FileCatalog, access_hash
from app.demo.world import Message


def any_message(message: Message, peer: Any, shelf: FileCatalog) -> Any:
    """The TL message of a sample message, under its id, date and channel."""
    assert message.tl is not None
    found = BinaryReader(message.tl).tgread_object()
    found.id, found.peer_id, found.date = message.id, peer, message.date
    files = {(file.kind == "photo", file.id): file for file in message.files}
    for file in message.files:
        shelf.add(file)
    for one in _files(found):
        known = files.get((isinstance(one, types.Photo), one.id))
        if known is not None:
            one.access_hash, one.file_reference, one.dc_id = (
                access_hash(known.id),
                shelf.reference(known),
                shelf.dc(known),
            )
    return found


def _files(value: Any) -> Iterator[Any]:
    """All photos and documents inside a TL object."""
    if isinstance(value, types.Photo | types.Document):
        yield value
    if isinstance(value, list):
        for item in value:
            yield from _files(item)
    elif isinstance(value, TLObject):
        for item in vars(value).values():
            yield from _files(item)
