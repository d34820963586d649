"""A Telethon client whose main connection survives messages that Telethon does not know."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from telethon import TelegramClient
from telethon.crypto import AES
from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.extensions.messagepacker import MessagePacker
from telethon.network import MTProtoSender
from telethon.network.mtprotostate import MSG_TOO_NEW_DELTA, MSG_TOO_OLD_DELTA, MTProtoState
from telethon.tl import functions
from telethon.tl.alltlobjects import LAYER
from telethon.tl.core import MessageContainer, TLMessage
from telethon.tl.types import MsgsAck

from app.adapters.telegram.redaction import UNREADABLE

_BEFORE_ID = 16  # bytes: salt and session


class TolerantClient(TelegramClient):  # type: ignore[misc]
    """A client that asks for nothing about its account when it connects. Takes keywords of TelegramClient."""

    def __init__(self, session: Any, api_id: int, api_hash: str, **options: Any) -> None:
        super().__init__(session, api_id, api_hash, **options)
        self._sender = _Sender(
            self.session.auth_key,
            loggers=self._log,
            retries=self._connection_retries,
            delay=self._retry_delay,
            auto_reconnect=self._auto_reconnect,
            connect_timeout=self._timeout,
            auth_key_callback=self._auth_key_callback,
            updates_queue=self._updates_queue,
            auto_reconnect_callback=self._handle_auto_reconnect,
        )

    async def _create_exported_sender(self, dc_id: int) -> MTProtoSender:
        """Telethon's own, but tolerant, and it needs no word about the account that the other data centre answers."""
        dc = await self._get_dc(dc_id)
        sender = _Sender(None, loggers=self._log)
        options = {"loggers": self._log, "proxy": self._proxy, "local_addr": self._local_addr}
        await sender.connect(self._connection(dc.ip_address, dc.port, dc.id, **options))
        exported = await self(functions.auth.ExportAuthorizationRequest(dc_id))
        self._init_request.query = functions.auth.ImportAuthorizationRequest(id=exported.id, bytes=exported.bytes)
        with suppress(*UNREADABLE):
            await sender.send(functions.InvokeWithLayerRequest(LAYER, self._init_request))
        return sender

    async def get_me(self, input_peer: bool = False) -> None:
        """Telethon asks at each connection who the account is; nothing here needs to know."""


class _Sender(MTProtoSender):  # type: ignore[misc]
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._state = _State(self.auth_key, loggers=self._loggers)
        self._send_queue = MessagePacker(self._state, loggers=self._loggers)

    async def _disconnect(self, error: Exception | None = None) -> None:
        """Telethon's own. Each request got the error: unread here too, asyncio would log it once more, as lost."""
        await super()._disconnect(error)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()


class _State(MTProtoState):  # type: ignore[misc]
    """Reads the messages of a container one by one, if one of them is unknown: beside it may be our answer."""

    _highest_remote_id: int

    def decrypt_message_data(self, body: bytes) -> Any:
        """See MTProtoState. The check of key and session comes before the error that is handled here."""
        try:
            return super().decrypt_message_data(body)
        except TypeNotFoundError:
            found = self._container(body)
            if found is None:
                raise
            return found

    def _container(self, body: bytes) -> Any:
        """The container's readable messages; None if it is none, or too old or too new to be trusted."""
        reader = BinaryReader(AES.decrypt_ige(body[24:], *self._calc_key(self.auth_key.key, body[8:24], False)))
        reader.read(_BEFORE_ID)
        number, order, _ = reader.read_long(), reader.read_int(), reader.read_int()
        age = time.time() + self.time_offset - (number >> 32)
        if reader.read_int(signed=False) != MessageContainer.CONSTRUCTOR_ID:
            return None
        if not -MSG_TOO_NEW_DELTA <= age <= MSG_TOO_OLD_DELTA:
            return None
        messages = [_inner(reader) for _ in range(reader.read_int())]
        self._recent_remote_ids.append(number)
        self._highest_remote_id = max(number, self._highest_remote_id)
        return TLMessage(number, order, MessageContainer(messages))


def _inner(reader: BinaryReader) -> Any:
    """The next message of a container; an empty one in place of one that cannot be read, so that it is acknowledged."""
    number, order, length = reader.read_long(), reader.read_int(), reader.read_int()
    data = reader.read(length)
    try:
        return TLMessage(number, order, BinaryReader(data).tgread_object())
    except UNREADABLE:
        return TLMessage(number, order, MsgsAck([]))
