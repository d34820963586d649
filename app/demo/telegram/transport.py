"""The three TCP framings of MTProto (https://core.telegram.org/mtproto/mtproto-transports).

Telethon's default is the full one; a client announces the others by its first bytes.
"""

from __future__ import annotations

import struct
from typing import Protocol
from zlib import crc32

MAX_PACKET = 2 * 1024 * 1024  # requests are below 1 MiB; more is not a Telegram client


class FramingError(Exception):
    """The bytes are not MTProto."""


class Codec(Protocol):
    """Cuts a byte stream into packets and frames answers."""

    def take(self, buffer: bytearray) -> bytes | None:
        """Removes one whole packet from the front of the buffer; None while it is incomplete."""

    def frame(self, packet: bytes) -> list[bytes]:
        """The pieces to write for one packet."""


class Full:
    """Length, sequence number, packet, CRC32 of all that."""

    def __init__(self) -> None:
        self._sent = 0

    def take(self, buffer: bytearray) -> bytes | None:
        if len(buffer) < 4:
            return None
        (length,) = struct.unpack_from("<I", buffer)
        if not 12 <= length <= MAX_PACKET:
            raise FramingError(f"a packet of {length} bytes")
        if len(buffer) < length:
            return None
        packet = bytes(buffer[:length])
        del buffer[:length]
        if crc32(packet[:-4]) != struct.unpack("<I", packet[-4:])[0]:
            raise FramingError("wrong checksum")
        return packet[8:-4]

    def frame(self, packet: bytes) -> list[bytes]:
        head = struct.pack("<II", len(packet) + 12, self._sent)
        self._sent += 1
        return [head, packet, struct.pack("<I", crc32(packet, crc32(head)))]


class Intermediate:
    """Length and packet."""

    def take(self, buffer: bytearray) -> bytes | None:
        if len(buffer) < 4:
            return None
        (length,) = struct.unpack_from("<I", buffer)
        return _cut(buffer, 4, length)

    def frame(self, packet: bytes) -> list[bytes]:
        return [struct.pack("<I", len(packet)), packet]


class Abridged:
    """Length in words in one byte, or in three after 0x7f; then the packet."""

    def take(self, buffer: bytearray) -> bytes | None:
        if not buffer:
            return None
        if buffer[0] < 0x7F:
            return _cut(buffer, 1, buffer[0] * 4)
        if len(buffer) < 4:
            return None
        return _cut(buffer, 4, int.from_bytes(buffer[1:4], "little") * 4)

    def frame(self, packet: bytes) -> list[bytes]:
        words = len(packet) // 4
        head = bytes([words]) if words < 0x7F else b"\x7f" + words.to_bytes(3, "little")
        return [head, packet]


def _cut(buffer: bytearray, head: int, length: int) -> bytes | None:
    if length > MAX_PACKET:
        raise FramingError(f"a packet of {length} bytes")
    if len(buffer) < head + length:
        return None
    packet = bytes(buffer[head : head + length])
    del buffer[: head + length]
    return packet


def detect(buffer: bytearray) -> Codec | None:
    """The codec that the first bytes announce, which are removed; None while there are too few."""
    if buffer[:1] == b"\xef":
        del buffer[:1]
        return Abridged()
    if len(buffer) < 4:
        return None
    if buffer[:4] == b"\xee\xee\xee\xee":
        del buffer[:4]
        return Intermediate()
    return Full()
