"""Runs the loopback Telegram server in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

from app.demo.telegram.connection import Connection
from app.demo.telegram.faults import Faults
from app.demo.telegram.keys import PUBLIC_KEY, USER_ID, new_key, session_string
from app.demo.telegram.ledger import Ledger
from app.demo.telegram.methods.account import HOST
from app.demo.telegram.state import MAIN_DC, SECOND_DC, Account, State, new_state
from app.demo.world import Action, Rename, World

T = TypeVar("T")


# Of the loop: a connection that was accepted a moment ago shows two turns later, and ends in the turn after its abort.
LAST_TURNS = 5


class LoopbackTelegram:
    """Serves a world over MTProto on 127.0.0.1 while the context lasts.

    The main data centre (2) needs no key exchange for clients that use session(). Files with dc=4 lie in the second
    one; a client can reach it only if it trusts PUBLIC_KEY (telethon.crypto.rsa.add_key), as it agrees on a key there.
    Telethon keeps the addresses of data centres in the class attribute TelegramClient._config: a process that talks to
    two servers in turn has to set it to None in between.
    """

    public_key = PUBLIC_KEY

    def __init__(
        self,
        world: World,
        faults: Faults | None = None,
        *,
        port: int = 0,
        second_dc: bool = True,
        account: Account | None = None,
        push_updates: bool = True,
        keys: Iterable[bytes] = (),
    ) -> None:
        """port: of the main data centre, 0 for a free one. keys: of sessions that an earlier server gave out."""
        self._state = new_state(
            world, faults or Faults(), account or Account(), second_dc=second_dc, push_updates=push_updates
        )
        self._port = port
        self._second_dc = second_dc
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback-telegram", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        for key in keys:
            self._state.keys.add(key, MAIN_DC, authorised=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    # For clients

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the main data centre."""
        return HOST, self._state.ports[MAIN_DC]

    def session(self, *, authorised: bool = True, key: bytes | None = None, user: int = USER_ID) -> str:
        """A Telethon StringSession: with a new key unless one is given, logged in unless authorised is False.

        user: the account's number. Two sessions of one account share its access hashes; another account has its own.
        """
        data = key or new_key()
        self._on_loop(lambda: self._state.keys.add(data, MAIN_DC, authorised=authorised, user=user))
        return session_string(*self.address, MAIN_DC, data)

    def session_keys(self) -> list[bytes]:
        """The keys of the main data centre that are logged in, for a later server on the same port."""
        return self._on_loop(lambda: [k.data for k in self._state.keys if k.authorised and k.dc == MAIN_DC])

    # Events in the world

    @property
    def world(self) -> World:
        """The served world; channels and messages added to it are visible at once, but pushed to no client."""
        return self._state.world

    def apply(self, action: Action | Rename) -> None:
        """Makes a message appear, change or disappear, or renames a channel, now."""
        self._on_loop(lambda: self._state.apply(action))

    def next_batch(self) -> bool:
        """Applies the next batch of World.later; False when there is none left."""
        return self._on_loop(self._state.next_batch)

    # Faults

    @property
    def faults(self) -> Faults:
        """The switches; assign to replace them all and to start their counters anew."""
        return self._state.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._on_loop(lambda: setattr(self._state, "faults", faults))

    def expire_references(self) -> None:
        """Invalidates every file reference issued so far."""
        self._on_loop(self._state.shelf.expire_all)

    def move_files(self) -> None:
        """Invalidates every access hash of a file issued so far."""
        self._on_loop(self._state.shelf.move_all)

    def drop_connections(self) -> None:
        """Closes all TCP connections."""
        self._on_loop(self._state.drop_connections)

    # Records

    @property
    def ledger(self) -> Ledger:
        """Every request so far."""
        return self._state.ledger

    @property
    def bytes_sent(self) -> int:
        """Bytes written to clients since the start."""
        return self._state.bytes_sent

    @property
    def connections(self) -> int:
        """TCP connections accepted since the start."""
        return self._state.accepted

    @property
    def centres(self) -> dict[int, int]:
        """The port of each data centre, for an MTProto proxy."""
        return dict(self._state.ports)

    @property
    def peers(self) -> list[int]:
        """The client's port of each connection since the start: a proxy knows which of them it made."""
        return list(self._state.peers)

    # The thread

    def _on_loop(self, action: Callable[[], T]) -> T:
        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        servers = [await _listen(self._state, MAIN_DC, self._port)]
        if self._second_dc:
            servers.append(await _listen(self._state, SECOND_DC, 0))
        self._ready.set()
        await self._stop.wait()
        for listening in (one for server in servers for one in server.sockets):
            self._loop.remove_reader(listening.fileno())  # a closed server cannot finish what it has just accepted
        for _ in range(LAST_TURNS):
            self._state.drop_connections()
            await asyncio.sleep(0)
        for server in servers:
            server.close()


async def _listen(state: State, dc: int, port: int) -> asyncio.Server:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(state, dc), HOST, port)
    state.ports[dc] = server.sockets[0].getsockname()[1]
    return server
