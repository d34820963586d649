"""Takes client messages apart: containers, gzip, wrappers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import functions
from telethon.tl.core import GzipPacked, MessageContainer

_WRAPPERS = (
    functions.InvokeWithLayerRequest,
    functions.InvokeAfterMsgRequest,
    functions.InvokeWithoutUpdatesRequest,
    functions.InitConnectionRequest,
)


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A request without its wrappers, and their content."""

    request: Any
    initialises: bool  # came with initConnection
    without_updates: bool


def read(body: bytes) -> Any:
    """The object in a message's body; requests over 512 bytes arrive gzipped."""
    obj = BinaryReader(body).tgread_object()
    return BinaryReader(obj.data).tgread_object() if isinstance(obj, GzipPacked) else obj


def parts(msg_id: int, obj: Any) -> list[tuple[int, Any]]:
    """The messages of a container, or the message itself, each with its id."""
    if not isinstance(obj, MessageContainer):
        return [(msg_id, obj)]
    return [
        (m.msg_id, BinaryReader(m.obj.data).tgread_object() if isinstance(m.obj, GzipPacked) else m.obj)
        for m in obj.messages
    ]


def unwrap(request: Any) -> Unwrapped:
    """Takes invokeWithLayer, initConnection and their like off."""
    initialises = without_updates = False
    while isinstance(request, _WRAPPERS):
        initialises |= isinstance(request, functions.InitConnectionRequest)
        without_updates |= isinstance(request, functions.InvokeWithoutUpdatesRequest)
        request = request.query
        if isinstance(request, GzipPacked):
            request = BinaryReader(request.data).tgread_object()
    return Unwrapped(request, initialises, without_updates)
