"""One TCP connection: packets in, answers out."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from typing import Any, cast

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer

from app.demo.telegram import messages, rpc
from app.demo.telegram.aliens import Alien
from app.demo.telegram.envelope import Envelope, EnvelopeError, Piece, open_envelope, seal
from app.demo.telegram.handshake import Handshake, HandshakeError
from app.demo.telegram.keys import Key
from app.demo.telegram.registry import Call
from app.demo.telegram.state import State
from app.demo.telegram.transport import Codec, FramingError, detect

log = logging.getLogger(__name__)

UNKNOWN_KEY = struct.pack("<i", -404)  # https://core.telegram.org/mtproto/mtproto-transports#transport-errors
_SERVICE = (types.MsgsAck, types.MsgsStateReq, types.MsgsStateInfo, types.MsgsAllInfo, types.MsgResendReq)


class Connection(asyncio.Protocol):
    """Reads packets, answers each request in a task of its own, writes under the rate limit."""

    key: Key

    def __init__(self, state: State, dc: int) -> None:
        self.dc = dc
        self.main = False  # a client's main connection; it opens with help.getConfig and may listen to updates
        self.listens = False
        self.number = 0
        self._state = state
        self._buffer = bytearray()
        self._codec: Codec | None = None
        self._handshake: Handshake | None = None
        self._session_id: int | None = None
        self._last_msg_id = 0
        self._content = 0  # content-related messages sent, for sequence numbers
        self._free_at = 0.0  # time when the line has sent all bytes written so far
        self._tasks: set[asyncio.Task[None]] = set()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._state.connections.add(self)
        self._state.accepted += 1
        self._state.peers.append(self._transport.get_extra_info("peername")[1])
        self.number = self._state.accepted

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        for task in self._tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while (packet := self._next_packet()) is not None:
                self._packet(packet)
        except (FramingError, EnvelopeError, HandshakeError, TypeNotFoundError, struct.error) as error:
            log.warning("connection %d closed: %s: %s", self.number, type(error).__name__, error)
            self.abort()

    def abort(self) -> None:
        """Closes the connection at once; unsent bytes are lost."""
        self._transport.abort()

    def _next_packet(self) -> bytes | None:
        if self._codec is None:
            self._codec = detect(self._buffer)
        return None if self._codec is None or self._transport.is_closing() else self._codec.take(self._buffer)

    def _packet(self, packet: bytes) -> None:
        key_id = int.from_bytes(packet[:8], "little")
        if key_id == 0:
            self._plain(packet)
            return
        key = self._state.keys.find(key_id, self.dc)
        if key is None:
            self._write(UNKNOWN_KEY)
            return
        self.key = key
        self._encrypted(open_envelope(key.data, packet))

    # Key exchange

    def _plain(self, packet: bytes) -> None:
        if self._handshake is None:
            self._handshake = Handshake(self._state.faults.clock_skew)
        answer = bytes(self._handshake.answer(BinaryReader(packet[20:]).tgread_object()))
        self._write(struct.pack("<qqi", 0, self._next_msg_id(), len(answer)) + answer)
        if self._handshake.key is not None:
            self._state.keys.add(self._handshake.key, self.dc, authorised=False)
            self._handshake = None

    # Encrypted messages

    def _encrypted(self, envelope: Envelope) -> None:
        if envelope.salt != self.key.salt:
            self._session_id = envelope.session_id
            wrong_salt = 48
            self._send(types.BadServerSalt(envelope.msg_id, envelope.seq_no, wrong_salt, self.key.salt))
            return
        if envelope.session_id != self._session_id or not self._content:
            self._session_id = envelope.session_id
            self._send(types.NewSessionCreated(envelope.msg_id, envelope.session_id, self.key.salt), content=True)
        for msg_id, obj in messages.parts(envelope.msg_id, messages.read(envelope.body)):
            if not isinstance(obj, _SERVICE):
                task = asyncio.get_running_loop().create_task(self._serve(msg_id, obj))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, msg_id: int, obj: Any) -> None:
        arrived = time.time()
        if self._state.faults.latency > 0:
            await asyncio.sleep(self._state.faults.latency)
        if isinstance(obj, functions.PingRequest | functions.PingDelayDisconnectRequest):
            self._send(types.Pong(msg_id, obj.ping_id))
            return
        if isinstance(obj, functions.GetFutureSaltsRequest):
            self._send(types.FutureSalts(msg_id, int(self._state.now()), []))
            return
        unwrapped = messages.unwrap(obj)
        if unwrapped.initialises and isinstance(unwrapped.request, functions.help.GetConfigRequest):
            self.main = True
            self.listens = not unwrapped.without_updates
        await self._reply(rpc.perform(Call(self._state, self, unwrapped.request, arrived), msg_id))

    async def _reply(self, reply: rpc.Reply) -> None:
        if reply.fate == "hung":
            return
        if reply.fate == "dropped":
            self.abort()
            return
        await self._wait_for_line(sum(map(len, reply.pieces)))
        if "update" in self._state.faults.alien:
            for update in (bytes(Alien()), bytes(GzipPacked(bytes(Alien())))):
                self._write(self._seal([update], content=True))
        packet = self._seal(self._beside_alien(reply.pieces), content=True)
        if reply.fate == "cut" and not self._transport.is_closing():
            self._transport.write(b"".join(self._framed(packet))[: len(packet) // 2])
            self._transport.close()
            return
        self._write(packet)

    def _beside_alien(self, pieces: list[Piece]) -> list[Piece]:
        """The answer, in one container with a message that no TL layer knows, if the faults say so."""
        if "container" not in self._state.faults.alien:
            return pieces
        bodies = (bytes(Alien()), b"".join(pieces))
        inner = (struct.pack("<qii", self._next_msg_id(), 1, len(body)) + body for body in bodies)
        return [struct.pack("<Ii", MessageContainer.CONSTRUCTOR_ID, len(bodies)), *inner]

    async def _wait_for_line(self, length: int) -> None:
        rate = self._state.faults.rate
        if rate <= 0:
            return
        now = asyncio.get_running_loop().time()
        self._free_at = max(now, self._free_at) + length / rate
        await asyncio.sleep(self._free_at - now)

    # Writing

    def notify(self, update: Any) -> None:
        """Pushes an update, if the client has begun a session. Without a login it hears of its QR code alone."""
        admitted = self.key.authorised or isinstance(getattr(update, "update", None), types.UpdateLoginToken)
        if self._session_id is not None and admitted and self.key.revoked is None:
            self._send(update, content=True)

    def _send(self, obj: Any, *, content: bool = False) -> None:
        self._write(self._seal([bytes(obj)], content=content))

    def _seal(self, pieces: list[Piece], *, content: bool) -> bytes:
        assert self._session_id is not None
        seq_no = self._content * 2 + int(content)
        self._content += int(content)
        envelope = (self.key.salt, self._session_id, self._next_msg_id(), seq_no)
        return seal(self.key.data, self.key.id, envelope, pieces)

    def _write(self, packet: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.writelines(self._framed(packet))
            self._state.bytes_sent += len(packet)

    def _framed(self, packet: bytes) -> list[bytes]:
        assert self._codec is not None
        return self._codec.frame(packet)

    def _next_msg_id(self) -> int:
        """Unix time times 2^32, growing, and odd, as every message of a server is."""
        self._last_msg_id = max(int(self._state.now() * 2**32) & ~3 | 1, self._last_msg_id + 4)
        return self._last_msg_id
