"""The connection of one account: one client on one event loop, open only while we hold the ownership lock."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import structlog
from telethon import TelegramClient
from telethon.errors import RPCError
from telethon.network import MTProtoSender
from telethon.sessions import StringSession
from telethon.tl import functions, types

from app.adapters.telegram.answers import Tolerant
from app.adapters.telegram.client import TolerantClient
from app.adapters.telegram.credentials import Credentials
from app.adapters.telegram.errors import FLOODS, SERVER_TROUBLE, Disconnected, Flooded, SessionLost, anew, translate
from app.adapters.telegram.holds import Holds, Key, channel_key
from app.adapters.telegram.invoke import invoke
from app.adapters.telegram.ownership import Ownership, lock_key
from app.adapters.telegram.proxy import Route
from app.adapters.telegram.refusals import AccountRefused, ChannelRefused, Unreadable
from app.adapters.telegram.senders import Senders
from app.adapters.telegram.telethon_log import TELETHON_LOG
from app.domain.proxies import Proxy
from app.domain.refusals import About
from app.errors import MediaAuditError, Withheld

log = structlog.get_logger()

TRIES = 4  # of a request that fails in Telegram's servers; then the step as a whole is retried
PAUSE = 0.2  # seconds before the second try, doubling
# Requests whose callers ask for less when the answer has a form that Telethon does not know.
DIVISIBLE = ("GetHistoryRequest", "GetMessagesRequest")
SYSTEMATIC = 5  # unreadable or refusing answers in a row after which they say nothing about the files asked for
READABLE = 30.0  # seconds for which one readable answer proves that answers can be read
ABOUT = {"file": About.FILE, "name": About.ACCOUNT}  # subjects that are no channel
CONNECTING: Key = ("method", "connect")


class TelegramAccount:
    """Connects at the first request and again after every loss; all methods belong to one event loop."""

    def __init__(self, credentials: Credentials, database: str, timeout: float, proxy: Proxy | None = None) -> None:
        """database: PostgreSQL address for the lock. timeout: seconds for one request, and for connecting.

        proxy: carries all connections to Telegram, those of downloads too.
        """
        self.timeout = timeout
        self._route = Route(proxy)
        self._credentials = credentials
        self._ownership = Ownership(database, lock_key(credentials.auth_key))
        self._client: TelegramClient | None = None
        self._senders: Senders | None = None
        self._watch: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._hanging_up: asyncio.Task[None] | None = None
        self._failure: MediaAuditError | None = None  # of the last failed attempt to connect
        self._failures = 0
        self._lost: SessionLost | None = None
        self.user: int | None = None  # the user's id, once connected
        self._holds = Holds()
        self._readable = -READABLE  # monotonic time of the last proof
        self._vain: dict[str, int] = {}  # method, or channel of files -> answers in a row that were of no use
        self._floods: dict[str, float] = {}  # method -> monotonic time of the end of its flood wait

    async def client(self) -> TelegramClient:
        """The connected client. AccountBusy, SessionLost or Disconnected if there can be none now."""
        if self._lost is not None:
            raise anew(self._lost)
        if not self._connected():
            seen = self._failures
            async with self._opening:
                if not self._connected():
                    await self._reopen(seen)
        return self._client

    async def sender(self, dc: int) -> MTProtoSender:
        """A connected sender for a data centre."""
        client = await self.client()
        if dc in (0, client.session.dc_id) or self._senders is None:
            return client._sender
        try:
            return await self._senders.get(dc)
        except TimeoutError as error:
            if self._route.proxy is None:
                raise self._translated(error) from error
            raise self._translated(Disconnected("Telegram did not accept the connection in time")) from error
        except Exception as error:
            raise self._translated(error) from error

    async def drop_sender(self, dc: int) -> bool:
        """Forgets a sender whose key its data centre refuses; False if that is the account's own login."""
        client = await self.client()
        if dc in (0, client.session.dc_id) or self._senders is None:
            return False
        await self._senders.drop(dc)
        return True

    async def request(self, request: Any) -> Any:
        """The answer to a request on the main connection, without updates. Errors are of our three kinds.

        Unreadable passes unchanged from requests for messages: the caller knows how to ask for less.
        """
        method, subject = type(request).__name__, _subject(request)
        self.admit(method, *subject)
        for attempt in range(1, TRIES + 1):
            client = await self.client()
            try:
                answer = await invoke(client._sender, Tolerant(request), self.timeout)
            except SERVER_TROUBLE as error:
                if attempt == TRIES:
                    raise translate(error) from error
                await asyncio.sleep(PAUSE * 2**attempt)
            except (RPCError, OSError, EOFError, Unreadable) as error:
                if isinstance(error, Unreadable) and method in DIVISIBLE:
                    raise
                raise self.refused(method, error, *subject) from error
            else:
                self.answered(method, *subject)
                return answer
        raise AssertionError("the last attempt returns or raises")

    def refused(self, method: str, error: Exception, *subject: Key) -> Exception:
        """Translates the error. Remembers a flood wait or a refusal, so that no request goes out before it is over."""
        if isinstance(error, FLOODS):
            self._floods[method] = time.monotonic() + error.seconds
        about = ABOUT.get(subject[0][0], About.CHANNEL) if subject else About.ACCOUNT
        found = self._translated(error, about)
        return self.held_back(method, found, *subject) if isinstance(found, Withheld) else found

    def held_back(self, method: str, error: Withheld, *subject: Key) -> Withheld:
        """The error with the seconds until the next request, which double with each refusal of the subject."""
        of_method: Key = ("method", method)
        if isinstance(error, AccountRefused) or not subject:
            return self._holds.refused(of_method, error)
        if isinstance(error, Unreadable) and self._in_a_row(method) >= SYSTEMATIC:
            self._holds.refused(of_method, error)
        if isinstance(error, ChannelRefused) and len(subject) > 1 and self._in_a_row(subject[1][1]) >= SYSTEMATIC:
            self._holds.refused(subject[1], error)  # the other files too; its polls find out by themselves
        return self._holds.refused(subject[0], error)

    async def check_readable(self) -> None:
        """Raises Unreadable if this release cannot read Telegram at all: then one message proves nothing."""
        if time.monotonic() - self._readable > READABLE:
            # The shortest answer, without any object that a later form of Telegram may change, such as the account.
            await self.request(functions.updates.GetStateRequest())
            self._readable = time.monotonic()

    def _in_a_row(self, what: str) -> int:
        """Counts answers in a row that could not be read, of a method, or that refused the files of a channel."""
        self._vain[what] = self._vain.get(what, 0) + 1
        return self._vain[what]

    def admit(self, method: str, *subject: Key) -> None:
        """Raises Flooded during a flood wait for this method, and the last refusal until its next try is due."""
        rest = self._floods.get(method, 0.0) - time.monotonic()
        if rest > 0:
            raise Flooded(rest)
        self._holds.admit(("method", method), *subject)

    def answered(self, method: str, *subject: Key) -> None:
        """Notes that Telegram has answered: refusals of the method and of the subject are over."""
        for what in (method, *(key[1] for key in subject[1:])):
            self._vain.pop(what, None)
        self._holds.allowed(("method", method), *subject)

    def unready(self) -> str | None:
        """Why no request can be made now; None while connected as the account's owner. Any thread may call it."""
        if self._lost is not None:
            return str(self._lost)
        if self._connected():
            return None
        return f"not connected: {self._failure}" if self._failure is not None else "not connected yet"

    async def close(self) -> None:
        """Disconnects, then releases the lock; safe to repeat."""
        async with self._opening:
            await self._shut()

    def _connected(self) -> bool:
        watched = self._watch is not None and not self._watch.done()
        return watched and self._client is not None and bool(self._client.is_connected())

    async def _reopen(self, seen: int) -> None:
        """Makes one attempt for all callers that wait for a connection: in an outage they would fail one by one."""
        if self._failure is not None and self._failures > seen:
            raise anew(self._failure)
        self._holds.admit(CONNECTING)
        await self._shut()
        try:
            await self._open()
        except MediaAuditError as error:
            found = self._holds.refused(CONNECTING, error) if isinstance(error, Withheld) else error
            self._failure, self._failures = anew(found), self._failures + 1
            raise found from error
        self._holds.allowed(CONNECTING)

    async def _open(self) -> None:
        await self._ownership.acquire()
        self._watch = asyncio.create_task(self._ownership.lost())
        self._client = self._new_client()
        try:
            await self._connect_while_owner(self._client, self._watch)
        except BaseException as error:
            await self._shut()
            if isinstance(error, Exception):
                raise self._translated(error) from error
            raise
        self._senders = Senders(self._client, self.timeout)
        self._watch.add_done_callback(self._dethroned)

    async def _connect_while_owner(self, client: TelegramClient, watch: asyncio.Task[None]) -> None:
        connecting = asyncio.create_task(self._connect(client))
        try:
            await asyncio.wait({connecting, watch}, timeout=self.timeout, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                raise Disconnected("the lock on the account was lost while connecting")
            if not connecting.done():
                raise Disconnected(f"Telegram did not accept the connection within {self.timeout:.0f} s")
            if connecting.cancelled():  # Telethon cancels waiting requests when it gives up on a connection
                raise Disconnected("Telegram closed the connection")
            connecting.result()
        finally:
            if not connecting.done():
                connecting.cancel()
                await asyncio.wait({connecting})

    async def _connect(self, client: TelegramClient) -> None:
        await client.connect()
        # Not Telethon's own check, which takes every error, even a flood wait, for a lost login.
        with suppress(Unreadable):  # an answer is proof of the login, though it tells no user then
            me = await invoke(client._sender, functions.users.GetUsersRequest([types.InputUserSelf()]), self.timeout)
            self.user = next((user.id for user in me), None)

    def _new_client(self) -> TelegramClient:
        class Client(TolerantClient):
            """A class of its own for each connection: Telethon stores data centres' addresses on it, which go stale."""

        return Client(
            StringSession(self._credentials.session),
            self._credentials.api_id,
            self._credentials.api_hash,
            flood_sleep_threshold=0,
            receive_updates=False,
            connection_retries=2,  # about 4 s with the delay if no server listens; the work table retries later
            retry_delay=0.5,
            raise_last_call_error=True,
            base_logger=TELETHON_LOG,
            **self._route.options(),
        )

    def _dethroned(self, watch: asyncio.Task[None]) -> None:
        """Disconnects after the loss of the lock, before another owner connects."""
        if self._watch is watch and not watch.cancelled():
            log.warning("lock on the Telegram account lost, disconnecting")
            self._hanging_up = asyncio.create_task(self._hang_up())

    async def _shut(self) -> None:
        if self._hanging_up is not None:
            await asyncio.wait({self._hanging_up})
        await self._hang_up()
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait({watch})
        await self._ownership.release()

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        senders, self._senders = self._senders, None
        if client is not None:
            await client.disconnect()
        if senders is not None:
            await senders.close()

    def _translated(self, error: Exception, about: About = About.ACCOUNT) -> Exception:
        found = translate(error, about)
        if isinstance(found, SessionLost):
            self._lost = anew(found)  # repeated requests with a dead key look like an attack
        return Disconnected(self._route.told(found.reason)) if isinstance(found, Disconnected) else found


def _subject(request: Any) -> tuple[Key, ...]:
    """The channel, the history or the name that a request asks about; empty for all others."""
    if (name := getattr(request, "username", None)) is not None:
        return (("name", name.lower()),)
    peer: Any = getattr(request, "peer", None) or getattr(request, "channel", None)
    number = getattr(peer, "channel_id", None)
    older = getattr(request, "offset_id", 0) > 0 and not getattr(request, "min_id", 0)
    return () if number is None else (channel_key(number, peer.access_hash, "history" if older else "channel"),)
