"""upload.getFile (https://core.telegram.org/api/files#downloading-files)."""

from __future__ import annotations

import struct
from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.aliens import UNKNOWN_CONSTRUCTOR
from app.demo.telegram.envelope import Piece
from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.registry import Call, Raw, answers
from app.demo.world import File

MIB = 1024 * 1024
_TYPES = {"image/jpeg": types.storage.FileJpeg, "image/png": types.storage.FilePng}


@answers(functions.upload.GetFileRequest)
def get_file(call: Call) -> Raw:
    """Part of a file. Past the end it is empty, as on the real server."""
    request, state = call.request, call.state
    file = _locate(call)
    _check_range(request)
    if state.faults.strikes("expired_photo" if file.kind == "photo" else "expired_document", "upload.getFile"):
        state.shelf.expire(file)
    state.shelf.check(file, request.location.file_reference)
    if state.shelf.dc(file) != call.connection.dc:
        raise RpcFailure(303, f"FILE_MIGRATE_{state.shelf.dc(file)}")
    part = _part(call, file)
    if state.faults.strikes("empty_chunk", "upload.getFile"):
        return Raw(_file(call, file, part[:0]), "short")
    if len(part) > 4096 and state.faults.strikes("short_chunk", "upload.getFile"):
        return Raw(_file(call, file, part[: len(part) // 8192 * 4096 or 4096]), "short")
    return Raw(_file(call, file, part))


def _part(call: Call, file: File) -> memoryview:
    offset, limit = call.request.offset, call.request.limit
    more = 5_000 if call.state.faults.strikes("long_chunk", "upload.getFile") else 0
    part = call.state.shelf.view(file)[offset : offset + limit + more]
    if file.id in call.state.faults.endless:
        return memoryview(bytes(part) + bytes(limit - len(part)))
    return part


def _locate(call: Call) -> File:
    location = call.request.location
    photo = isinstance(location, types.InputPhotoFileLocation)
    if not photo and not isinstance(location, types.InputDocumentFileLocation):
        raise RpcFailure(400, "LOCATION_INVALID")
    file = call.state.shelf.find(photo=photo, file_id=location.id)
    if file.id in call.state.faults.lost:
        raise RpcFailure(400, call.state.faults.lost_error)
    if call.state.faults.strikes("moved", "upload.getFile"):
        call.state.shelf.move(file)
    if location.access_hash != call.state.shelf.access_hash(file):
        raise RpcFailure(400, call.state.faults.moved_error)
    # Documents here have no thumbnails and photos one size; asking for another is a mistake of the client.
    if location.thumb_size != ("y" if photo else ""):
        raise RpcFailure(400, "LOCATION_INVALID")
    return file


def _check_range(request: Any) -> None:
    step = 1024 if request.precise else 4096
    offset, limit = request.offset, request.limit
    if offset < 0 or offset % step:
        raise RpcFailure(400, "OFFSET_INVALID")
    if not 0 < limit <= MIB or limit % step or (not request.precise and MIB % limit):
        raise RpcFailure(400, "LIMIT_INVALID")
    if offset // MIB != (offset + limit - 1) // MIB:
        raise RpcFailure(400, "LIMIT_INVALID")


def _file(call: Call, file: File, part: memoryview) -> list[Piece]:
    alien = "file_type" in call.state.faults.alien
    kind = UNKNOWN_CONSTRUCTOR if alien else _TYPES.get(file.mime, types.storage.FileUnknown).CONSTRUCTOR_ID
    head = struct.pack("<IIi", types.upload.File.CONSTRUCTOR_ID, kind, 0)
    size = len(part)
    length = bytes([size]) if size < 254 else b"\xfe" + size.to_bytes(3, "little")
    return [head, length, part, bytes(-(size + len(length)) % 4)]
