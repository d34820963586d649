"""From a request to its answer: login, faults, the method, the ledger."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Literal

from telethon.tl import types
from telethon.tl.core import RpcResult

from app.demo.telegram import methods
from app.demo.telegram.envelope import Piece
from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.ledger import Entry
from app.demo.telegram.registry import HANDLERS, OPEN, Call, Raw, name_of, pieces_of

Fate = Literal["", "dropped", "cut", "hung"]
ALIEN = struct.pack("<I", 0x0A11E4AA)  # a constructor of no TL layer
SERVER_ERRORS = ((500, "INTERNAL"), (500, "RPC_CALL_FAIL"), (-503, "Timeout"))

assert methods  # imported for its registrations


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a request. fate: how the answer is lost, if it is."""

    pieces: list[Piece]
    fate: Fate = ""


def perform(call: Call, msg_id: int) -> Reply:
    """Answers a request and records it."""
    method = name_of(type(call.request))
    fate = _fate(call, method)
    if fate in ("dropped", "hung"):
        _record(call, method, fate, [])
        return Reply([], fate)
    pieces, outcome = _answer(call, method)
    _record(call, method, fate or outcome, pieces)
    return Reply([struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, msg_id), *pieces], fate)


def _fate(call: Call, method: str) -> Fate:
    faults = call.state.faults
    if faults.strikes("drop", method):
        return "dropped"
    if faults.strikes("cut", method):
        return "cut"
    return "hung" if faults.strikes("hang", method) else ""


def _answer(call: Call, method: str) -> tuple[list[Piece], str]:
    try:
        _admit(call)
        _disturb(call, method)
        handler = HANDLERS.get(type(call.request))
        if handler is None:
            raise RpcFailure(400, "INPUT_METHOD_INVALID")
        answer = handler(call)
        if call.state.faults.strikes("alien_answers", method):
            return [ALIEN, *pieces_of(answer)], "alien"
        return pieces_of(answer), answer.outcome if isinstance(answer, Raw) else "ok"
    except RpcFailure as failure:
        return [bytes(types.RpcError(failure.code, failure.message))], failure.message


def _admit(call: Call) -> None:
    key = call.connection.key
    if call.state.faults.auth_key_duplicated and call.state.mains(key) > 1:
        key.revoked = "AUTH_KEY_DUPLICATED"
    if key.revoked is not None:
        raise RpcFailure(406, key.revoked)
    if not key.authorised and type(call.request) not in OPEN:
        raise RpcFailure(401, "AUTH_KEY_UNREGISTERED")


def _disturb(call: Call, method: str) -> None:
    faults = call.state.faults
    if faults.strikes("flood", method):
        raise RpcFailure(420, f"FLOOD_WAIT_{faults.flood_seconds}")
    if faults.strikes("flood_premium", method):
        raise RpcFailure(420, f"FLOOD_PREMIUM_WAIT_{faults.flood_seconds}")
    if refusal := faults.refusal(method, call.request):
        raise RpcFailure(refusal.code, refusal.name)
    if faults.strikes("server_error", method):
        raise RpcFailure(*SERVER_ERRORS[faults.turn("server_error") % len(SERVER_ERRORS)])


def _record(call: Call, method: str, outcome: str, pieces: list[Piece]) -> None:
    call.state.ledger.entries.append(
        Entry(call.arrived, method, _arguments(call.request), outcome, call.connection.number, sum(map(len, pieces)))
    )


def _arguments(request: Any) -> dict[str, Any]:
    """The arguments that identify a request, as plain values."""
    location = getattr(request, "location", None)
    if location is not None:
        kind = "photo" if isinstance(location, types.InputPhotoFileLocation) else "document"
        return {"kind": kind, "file": location.id, "offset": request.offset, "limit": request.limit}
    found: dict[str, Any] = {}
    channel: Any = getattr(request, "peer", None) or getattr(request, "channel", None)
    if hasattr(channel, "channel_id"):
        found["channel"] = channel.channel_id
    for name in ("offset_id", "add_offset", "limit", "min_id", "max_id", "username", "dc_id", "pts"):
        if hasattr(request, name):
            found[name] = getattr(request, name)
    ids = getattr(request, "id", None)
    if isinstance(ids, list):
        found["ids"] = [item.id for item in ids if hasattr(item, "id")]
    return found
