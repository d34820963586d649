"""Objects of a TL layer that does not exist yet, in answers of the loopback server.

They hold a name, a telephone number and an access hash, as real answers do: none of them may reach a row or a log.
"""

from __future__ import annotations

import struct
from typing import Any, Literal

from telethon.tl import TLObject, types

Place = Literal[
    "user",  # in a page, a resolved name, the full channel: before a user
    "chat",  # there before the channel
    "chat_after",  # there behind the channel
    "full",  # the full channel itself
    "full_inside",  # a part of the full channel
    "dialog",  # before the first dialog
    "dialog_message",  # the first dialog's newest message
    "self",  # the account
    "file_type",  # the type of a file in upload.File
    "container",  # an update beside each answer, in one container
    "update",  # updates by themselves before each answer, one of them compressed
]
UNKNOWN_CONSTRUCTOR = 0xDEADBEEF
NAME, PHONE, HASH = "Aloysius Canary", "491709998877", 7_446_744_073_709_551_557


class Alien:
    """A user, say, of that layer."""

    def _bytes(self) -> bytes:
        fields = struct.pack("<IIqq", UNKNOWN_CONSTRUCTOR, 1, 42, HASH)
        return b"".join((fields, TLObject.serialize_bytes(NAME), TLObject.serialize_bytes(PHONE)))

    __bytes__ = _bytes


def known_user() -> Any:
    """A user of a known form with the same secrets, behind an alien object."""
    return types.User(id=43, access_hash=HASH, first_name=NAME, phone=PHONE)


def users_of(places: frozenset[Place]) -> list[Any]:
    """The users of an answer."""
    return [Alien(), known_user()] if "user" in places else []


def chats_of(places: frozenset[Place], *channels: Any) -> list[Any]:
    """The chats of an answer."""
    return [*([Alien()] if "chat" in places else []), *channels, *([Alien()] if "chat_after" in places else [])]
