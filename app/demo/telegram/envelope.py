"""MTProto 2.0 encryption, the server's side (https://core.telegram.org/mtproto/description)."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from telethon.crypto import AES
from telethon.network.mtprotostate import MTProtoState

Piece = bytes | memoryview
_HEAD = struct.Struct("<qqqiI")  # salt, session id, message id, sequence number, length


class EnvelopeError(Exception):
    """The packet was not encrypted with the key that it names."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A decrypted client message."""

    salt: int
    session_id: int
    msg_id: int
    seq_no: int
    body: bytes


def open_envelope(key: bytes, packet: bytes) -> Envelope:
    """Decrypts a packet whose first eight bytes, the key's id, were already used to find the key."""
    msg_key = packet[8:24]
    aes_key, aes_iv = MTProtoState._calc_key(key, msg_key, True)
    plain: bytes = AES.decrypt_ige(packet[24:], aes_key, aes_iv)
    if sha256(key[88:120] + plain).digest()[8:24] != msg_key:
        raise EnvelopeError("msg_key does not match")
    salt, session_id, msg_id, seq_no, length = _HEAD.unpack_from(plain)
    return Envelope(salt, session_id, msg_id, seq_no, plain[_HEAD.size : _HEAD.size + length])


def seal(key: bytes, key_id: int, envelope: tuple[int, int, int, int], body: Sequence[Piece]) -> bytes:
    """Encrypts an answer. envelope: salt, session id, message id, sequence number. The pieces are copied once."""
    length = sum(map(len, body))
    padding = os.urandom(12 + -(length + _HEAD.size + 12) % 16)
    plain = b"".join((_HEAD.pack(*envelope, length), *body, padding))
    digest = sha256(key[96:128])
    digest.update(plain)
    msg_key = digest.digest()[8:24]
    aes_key, aes_iv = MTProtoState._calc_key(key, msg_key, False)
    return struct.pack("<Q", key_id) + msg_key + AES.encrypt_ige(plain, aes_key, aes_iv)  # type: ignore[no-any-return]
