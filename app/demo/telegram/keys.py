"""Authorisation keys, and the RSA key of the loopback server."""

from __future__ import annotations

import ipaddress
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import rsa
from telethon.crypto import AuthKey
from telethon.crypto.rsa import _compute_fingerprint
from telethon.sessions import StringSession

# A fixed key, because making one takes seconds. It protects nothing: its clients talk to a server on loopback.
_P = int(
    "e873b6b0b10f7bcaf3b10eb87f4ca36972a3cb55247201ec130f192e2fddd4ba804164703dc79700e8638c6fb74e7cb0"
    "38d680033705e2ebac12dd8f04861e602cdbfbcc6ac65bb12e8e3276bd456fa2df7c2398dc2bdf4da0bd81118b94d838"
    "efb62fd2f8a8f8d63627168f6802c2b70fc357e81edea08fce28f876b9f9e30766ba4069ecdbf719",
    16,
)
_Q = int(
    "e7cb165505cd4bc332fbe82c2737205a89974d2ae1e422f849451a359cf6fa71398a66df3e4918e2c06e7506f2b27aa9"
    "965b5f73bd3a7dd16d77a6c45115e7c58f2bc9a801b8b3ae2986333f7e4568d75d82ceb8859edf38e1138d39ea959ced"
    "742fb1da1dc4617b12729bde4a719aba7616a12771af047b",
    16,
)
_N, _E = _P * _Q, 65537
_D = pow(_E, -1, (_P - 1) * (_Q - 1))

PUBLIC_KEY: str = rsa.PublicKey(_N, _E).save_pkcs1().decode()
"""PEM that a client passes to telethon.crypto.rsa.add_key before it can agree on a key with this server."""
FINGERPRINT: int = _compute_fingerprint(rsa.PublicKey(_N, _E))


def rsa_decrypt(block: bytes) -> bytes:
    """The 255 bytes inside a block that was encrypted to the server's key."""
    return pow(int.from_bytes(block, "big"), _D, _N).to_bytes(256, "big")[1:]


USER_ID = 777_000_111  # of the account that logs in with a code; session(user=...) makes others


@dataclass
class Key:
    """One authorisation key with its state at the server."""

    data: bytes  # 256 bytes
    dc: int
    authorised: bool  # whether an account is logged in with it
    user: int = USER_ID  # the account
    id: int = field(init=False)
    salt: int = field(init=False)
    revoked: str | None = None  # the error that every request gets from now on

    def __post_init__(self) -> None:
        self.id = AuthKey(self.data).key_id
        # Never 0: clients start with salt 0 and must be told the right one, as by the real server.
        self.salt = (self.id >> 1) | 1


class Keyring:
    """All keys by their id."""

    def __init__(self) -> None:
        self._keys: dict[int, Key] = {}

    def add(self, data: bytes, dc: int, *, authorised: bool, user: int = USER_ID) -> Key:
        """Registers a key; a known one keeps its state."""
        key = Key(data, dc, authorised, user)
        return self._keys.setdefault(key.id, key)

    def find(self, key_id: int, dc: int) -> Key | None:
        """The key of that id, if it belongs to this data centre."""
        key = self._keys.get(key_id)
        return key if key is not None and key.dc == dc else None

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._keys.values()))


def new_key() -> bytes:
    """256 random bytes; the first is never 0, so that the number has its full length."""
    return b"\x01" + os.urandom(255)


def session_string(host: str, port: int, dc: int, key: bytes) -> str:
    """A Telethon StringSession for that data centre and key (format: telethon/sessions/string.py)."""
    packed = struct.pack(">B4sH256s", dc, ipaddress.IPv4Address(host).packed, port, key)
    return "1" + StringSession.encode(packed)  # type: ignore[no-any-return]
