"""Real proxies on loopback: SOCKS5 with user and password, HTTP CONNECT, MTProto."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeAlias

from telethon.crypto import AESModeCTR

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


class ProxyServer(ABC):
    """Serves in a thread of its own. Knows the ports from which it went on, and the places it was asked for."""

    def __init__(self) -> None:
        self.port = 0
        self.ports: set[int] = set()  # its own end of the connections that it made
        self.asked: list[tuple[str, int]] = []
        self.refused = 0
        self._loop = asyncio.new_event_loop()
        self._writers: set[Writer] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self) -> None:
        """Listens, after a stop at the same port."""
        self._run(self._listen())

    def stop(self) -> None:
        """Dies: ends all connections and listens no more."""
        self._run(self._close())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        for listening in self._server.sockets if self._server is not None else ():
            self._loop.remove_reader(listening.fileno())  # a closed server cannot finish what it has just accepted
        await asyncio.sleep(0.05)  # a task that is cancelled before its first step would close nothing
        for _ in range(5):  # connections that were just accepted show only in a later turn of the loop
            for writer in list(self._writers):
                writer.transport.abort()
            for task in (others := asyncio.all_tasks() - {asyncio.current_task()}):
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0.01)
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        self._writers.add(writer)
        try:
            await self.tunnel(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def onward(self, host: str, port: int) -> tuple[Reader, Writer]:
        """A connection to the place that was asked for."""
        self.asked.append((host, port))
        reader, writer = await asyncio.open_connection(host, port)
        self._writers.add(writer)
        self.ports.add(writer.get_extra_info("sockname")[1])
        return reader, writer

    @abstractmethod
    async def tunnel(self, reader: Reader, writer: Writer) -> None:
        """Serves one client."""


async def both(onward: Writer, *pumps: Coroutine[Any, Any, None]) -> None:
    """Runs two directions until one of them ends, then ends the connection that the proxy made."""
    tasks = [asyncio.ensure_future(pump) for pump in pumps]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    onward.transport.abort()
    await asyncio.gather(*tasks, return_exceptions=True)


async def pump(reader: Reader, writer: Writer) -> None:
    """Copies bytes to the end of the stream."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


class Socks5(ProxyServer):
    """RFC 1928 with the user and password of RFC 1929."""

    def __init__(self, username: str = "", password: str = "") -> None:
        super().__init__()
        self._wanted = (username, password)

    async def tunnel(self, reader: Reader, writer: Writer) -> None:
        _, methods = await reader.readexactly(2)
        offered = await reader.readexactly(methods)
        method = 2 if any(self._wanted) else 0
        if method not in offered:
            self.refused += 1
            writer.write(b"\x05\xff")
            await writer.drain()
            return
        writer.write(bytes([5, method]))
        if method == 2 and not await self._known(reader, writer):
            return
        _, _, _, kind = await reader.readexactly(4)
        host = await self._host(reader, kind)
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        there = await self.onward(host, port)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await both(there[1], pump(reader, there[1]), pump(there[0], writer))

    async def _known(self, reader: Reader, writer: Writer) -> bool:
        await reader.readexactly(1)
        given = []
        for _ in range(2):
            (length,) = await reader.readexactly(1)
            given.append((await reader.readexactly(length)).decode())
        known = tuple(given) == self._wanted
        self.refused += not known
        writer.write(bytes([1, not known]))
        await writer.drain()
        return known

    async def _host(self, reader: Reader, kind: int) -> str:
        if kind == 1:
            return ".".join(map(str, await reader.readexactly(4)))
        (length,) = await reader.readexactly(1)
        return (await reader.readexactly(length)).decode()


class Connect(ProxyServer):
    """HTTP CONNECT with basic authentication."""

    def __init__(self, username: str = "", password: str = "") -> None:
        super().__init__()
        known = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._wanted = f"proxy-authorization: basic {known}".lower() if username else ""

    async def tunnel(self, reader: Reader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if self._wanted not in head.lower():
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        host, _, port = head.split()[1].rpartition(":")
        there = await self.onward(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await both(there[1], pump(reader, there[1]), pump(there[0], writer))


class MTProto(ProxyServer):
    """Telegram's own kind (https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation).

    The client names the data centre by its number, the proxy knows the addresses.
    """

    def __init__(self, secret: bytes, centres: dict[int, int]) -> None:
        """centres: number of a data centre -> its port on loopback."""
        super().__init__()
        self._secret = secret
        self._centres = centres

    async def tunnel(self, reader: Reader, writer: Writer) -> None:
        head = await reader.readexactly(64)
        there, back = head[8:56], head[8:56][::-1]
        decrypt = AESModeCTR(hashlib.sha256(there[:32] + self._secret).digest(), there[32:])
        encrypt = AESModeCTR(hashlib.sha256(back[:32] + self._secret).digest(), back[32:])
        plain = decrypt.decrypt(head)
        if plain[56:60] != b"\xdd\xdd\xdd\xdd":
            self.refused += 1
            return
        (centre,) = struct.unpack("<h", plain[60:62])
        upstream = await self.onward("127.0.0.1", self._centres[abs(centre)])
        upstream[1].write(b"\xee\xee\xee\xee")
        await both(upstream[1], self._there(reader, upstream[1], decrypt), self._back(upstream[0], writer, encrypt))

    async def _there(self, reader: Reader, upstream: Writer, cipher: AESModeCTR) -> None:
        while True:
            (length,) = struct.unpack("<I", cipher.decrypt(await reader.readexactly(4)))
            packet = cipher.decrypt(await reader.readexactly(length))
            packet = packet[: _unpadded(packet)]
            upstream.write(struct.pack("<I", len(packet)) + packet)
            await upstream.drain()

    async def _back(self, upstream: Reader, writer: Writer, cipher: AESModeCTR) -> None:
        while data := await upstream.read(65536):
            writer.write(cipher.encrypt(data))
            await writer.drain()


def _unpadded(packet: bytes) -> int:
    """The length of a packet without the random bytes at its end."""
    if packet[:8] == bytes(8):
        return 20 + int.from_bytes(packet[16:20], "little")
    return 24 + (len(packet) - 24) // 16 * 16
