"""The state that all connections share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from telethon.tl import types

from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.faults import Faults
from app.demo.telegram.file_catalog import MAIN_DC, FileCatalog
from app.demo.telegram.keys import USER_ID, Key, Keyring
from app.demo.telegram.ledger import Ledger
from app.demo.telegram.peer import Peer
from app.demo.telegram.serialise import channel_object, message_object
from app.demo.world import Action, Channel, Message, Post, Rename, World

SECOND_DC = 4


@dataclass(frozen=True)
class Account:
    """The only account of this server, and its code and password."""

    code: str = "12345"
    password: str | None = None  # with one, signIn answers SESSION_PASSWORD_NEEDED
    hint: str | None = None
    dc: int = MAIN_DC  # the data centre of a login by QR code
    qr_seconds: int = 30  # for which a QR code is valid
    qr_told: bool = True  # whether the client hears of a scan
    ways: tuple[str, ...] = ("app",)  # in which the code is sent: first by sendCode, then by each resendCode


@dataclass
class State:
    """The world, the keys, the switches and the record."""

    world: World
    account: Account
    shelf: FileCatalog
    faults: Faults
    push_updates: bool
    keys: Keyring = field(default_factory=Keyring)
    ledger: Ledger = field(default_factory=Ledger)
    ports: dict[int, int] = field(default_factory=dict)  # data centre -> TCP port
    connections: set[Peer] = field(default_factory=set)
    # authorisations on their way to another data centre: token -> that centre and the account
    exported: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    tokens: dict[bytes, tuple[Peer, datetime]] = field(default_factory=dict)  # of QR codes: who shows it, its end
    scanned: dict[int, int] = field(default_factory=dict)  # id of a key whose QR code was scanned -> the account
    code_turn: int = 0  # which of the account's ways the last code took
    bytes_sent: int = 0
    accepted: int = 0  # TCP connections since the start
    peers: list[int] = field(default_factory=list)  # their ports at the client's end, oldest first
    _history: dict[int, list[Any]] = field(default_factory=dict)  # telegram_id -> its updates, oldest first

    def now(self) -> float:
        """The server's clock, Unix seconds."""
        return time.time() + self.faults.clock_skew

    def date(self) -> datetime:
        """The same as an aware time in whole seconds."""
        return datetime.fromtimestamp(int(self.now()), UTC)

    def access_hash(self, channel: Channel, user: int) -> int:
        """The channel's access hash for an account: each has its own."""
        return channel.access_hash if user == USER_ID else channel.access_hash ^ user

    def chat(self, channel: Channel, user: int) -> Any:
        """The channel as a TL object, as this account gets it."""
        return channel_object(channel, self.access_hash(channel, user), self.faults)

    def visible(self, channel: Channel, user: int) -> dict[int, Message]:
        """The messages that this account may see."""
        if self.faults.is_empty(channel.telegram_id):
            return {}
        border = self.faults.hidden_until(channel.telegram_id, user)
        return {id_: message for id_, message in channel.messages.items() if id_ > border}

    def channel(self, telegram_id: int, access_hash: int | None = None, user: int = USER_ID) -> Channel:
        """The channel, if it exists, its hash is right for this account and it is not closed to us."""
        for channel in self.world.channels:
            if channel.telegram_id == telegram_id and access_hash in (None, self.access_hash(channel, user)):
                if telegram_id in self.faults.private:
                    raise RpcFailure(400, "CHANNEL_PRIVATE")
                return channel
        raise RpcFailure(400, "CHANNEL_INVALID")

    def message(self, channel: Channel, message_id: int) -> Any:
        """A message of the channel as a TL object."""
        return message_object(channel, channel.messages[message_id], self.shelf, self.faults)

    def pts(self, channel: Channel) -> int:
        """Telegram's counter of a channel's events."""
        return 1 + len(self._history.get(channel.telegram_id, ()))

    def since(self, channel: Channel, pts: int) -> list[Any]:
        """The updates of a channel above that pts."""
        return [update for update in self._history.get(channel.telegram_id, ()) if update.pts > pts]

    def apply(self, action: Action | Rename) -> None:
        """Changes the world and tells every client that listens."""
        channel = next(c for c in self.world.channels if c.telegram_id == action.channel)
        if isinstance(action, Rename):
            channel.username, channel.usernames, channel.title = action.username, action.usernames, action.title
            return
        if isinstance(action, Post):
            update = self._post(channel, action)
        elif channel.messages.pop(action.message_id, None) is None:
            return
        else:
            pts = self.pts(channel) + 1
            update = types.UpdateDeleteChannelMessages(channel.telegram_id, [action.message_id], pts, 1)
        self._history.setdefault(channel.telegram_id, []).append(update)
        if self.push_updates and channel.telegram_id not in self.faults.private:
            self._push(channel, update)

    def _post(self, channel: Channel, action: Post) -> Any:
        edited = action.message.id in channel.messages
        channel.messages[action.message.id] = action.message
        kind = types.UpdateEditChannelMessage if edited else types.UpdateNewChannelMessage
        return kind(self.message(channel, action.message.id), self.pts(channel) + 1, 1)

    def next_batch(self) -> bool:
        """Applies the next batch of later changes; False if none is left."""
        if not self.world.later:
            return False
        for action in self.world.later.pop(0):
            self.apply(action)
        return True

    def _push(self, channel: Channel, update: Any) -> None:
        for connection in list(self.connections):
            if connection.listens:
                chats = [self.chat(channel, connection.key.user)]
                connection.notify(types.Updates([update], users=[], chats=chats, date=self.date(), seq=0))

    def drop_connections(self) -> None:
        """Closes all TCP connections at once."""
        for connection in list(self.connections):
            connection.abort()

    def mains(self, key: Key) -> int:
        """How many main connections use a key now."""
        return sum(connection.main and connection.key is key for connection in self.connections)

    def user(self, number: int = USER_ID) -> Any:
        """An account as it sees itself."""
        return types.User(id=number, is_self=True, access_hash=number * 7, first_name="Loopback", phone="10000000000")


def new_state(
    world: World, faults: Faults, account: Account, *, second_dc: bool = True, push_updates: bool = True
) -> State:
    """A state without connections."""
    return State(world, account, FileCatalog(world, second_dc), faults, push_updates)


__all__ = ["MAIN_DC", "SECOND_DC", "USER_ID", "Account", "State", "new_state"]
