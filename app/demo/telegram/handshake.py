"""Agreeing on an authorisation key, the server's side (https://core.telegram.org/mtproto/auth_key)."""

from __future__ import annotations

import os
import time
from hashlib import sha1
from typing import Any

from telethon.crypto import AES, AuthKey
from telethon.crypto.rsa import get_byte_array
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import functions, types

from app.demo.telegram.keys import FINGERPRINT, rsa_decrypt

# Telegram's own 2048-bit safe prime, from telethon/password.py; clients know it and so need not test it.
DH_PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DB"
    "FA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
    "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B41"
    "0DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
    "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF"
    "6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
G = 3
# The product of two primes that a client has to factor; this one is the example in Telegram's documentation.
PQ = (0x494C553B * 0x53911073).to_bytes(8, "big")


class HandshakeError(Exception):
    """The client did not follow the protocol."""


class Handshake:
    """One key exchange; the three plain requests of one connection."""

    def __init__(self, clock_skew: int = 0) -> None:
        self._skew = clock_skew
        self._server_nonce = int.from_bytes(os.urandom(16), "little", signed=True)
        self._secret = int.from_bytes(os.urandom(256), "big")
        self._new_nonce = 0
        self.key: bytes | None = None  # set when the exchange is complete

    def answer(self, request: Any) -> Any:
        """The reply to one plain request."""
        if isinstance(request, functions.ReqPqMultiRequest | functions.ReqPqRequest):
            return types.ResPQ(request.nonce, self._server_nonce, PQ, [FINGERPRINT])
        if isinstance(request, functions.ReqDHParamsRequest):
            return self._offer(request)
        if isinstance(request, functions.SetClientDHParamsRequest):
            return self._conclude(request)
        raise HandshakeError(f"{type(request).__name__} needs an encrypted message")

    def _offer(self, request: Any) -> Any:
        plain = rsa_decrypt(request.encrypted_data)
        inner, length = _read(plain[20:])
        if sha1(plain[20 : 20 + length]).digest() != plain[:20] or inner.server_nonce != self._server_nonce:
            raise HandshakeError("encrypted to another key")
        self._new_nonce = inner.new_nonce
        g_a = get_byte_array(pow(G, self._secret, DH_PRIME))
        server_time = int(time.time()) + self._skew
        answer = types.ServerDHInnerData(
            request.nonce, self._server_nonce, G, get_byte_array(DH_PRIME), g_a, server_time
        )
        data = bytes(answer)
        return types.ServerDHParamsOk(
            request.nonce, self._server_nonce, AES.encrypt_ige(sha1(data).digest() + data, *self._temporary())
        )

    def _conclude(self, request: Any) -> Any:
        plain = AES.decrypt_ige(request.encrypted_data, *self._temporary())
        inner, _ = _read(plain[20:])
        self.key = agreed(inner.g_b, self._secret)
        proof = AuthKey(self.key).calc_new_nonce_hash(self._new_nonce, 1)
        return types.DhGenOk(request.nonce, self._server_nonce, proof)

    def _temporary(self) -> tuple[bytes, bytes]:
        key, iv = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return key, iv


def agreed(g_b: bytes, secret: int) -> bytes:
    """The key, 256 bytes. Telegram keeps the zeros that a small number begins with; Telethon cuts them, sees that the
    hashes differ, and asks for another key. A shorter key, one in 256, would be another one after a session string.
    """
    return pow(int.from_bytes(g_b, "big"), secret, DH_PRIME).to_bytes(256, "big")


def _read(data: bytes) -> tuple[Any, int]:
    """The TL object at the start of the data, and its length."""
    reader = BinaryReader(data)
    return reader.tgread_object(), reader.tell_position()
