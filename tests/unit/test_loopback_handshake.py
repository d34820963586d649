"""The loopback server agrees on keys as Telegram does."""

from __future__ import annotations

import struct

from telethon.sessions import StringSession

from app.demo.telegram.handshake import DH_PRIME, G, agreed
from app.demo.telegram.keys import session_string


def test_a_small_number_becomes_a_key_of_full_length() -> None:
    assert agreed(struct.pack(">H", 0x1234), 1) == bytes(254) + b"\x12\x34"


def test_both_sides_agree() -> None:
    ours, theirs = 2**1500 + 7, 2**1900 + 11
    assert agreed(pow(G, theirs, DH_PRIME).to_bytes(256, "big"), ours) == agreed(
        pow(G, ours, DH_PRIME).to_bytes(256, "big"), theirs
    )


def test_a_session_string_keeps_such_a_key() -> None:
    key = agreed(b"\x03", 5)
    assert StringSession(session_string("127.0.0.1", 443, 2, key)).auth_key.key == key
