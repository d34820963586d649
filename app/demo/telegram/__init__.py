"""A Telegram server on loopback that speaks MTProto to an unmodified Telethon client.

A session that the server gives out carries a key for the main data centre, so no key exchange takes place there. In the
second data centre (files with dc=4) Telethon always agrees on a new key, and for that it must know the server's RSA
key: a test calls telethon.crypto.rsa.add_key(PUBLIC_KEY, old=False); Media Audit's own Telegram adapter does it when
TELEGRAM_TEST_RSA_KEY names a PEM file, which LoopbackProcess writes (public_key_file).
"""

from app.demo.telegram.faults import EVERY, Faults, Hidden, Refusal, Restricted, Rule, Strange
from app.demo.telegram.keys import PUBLIC_KEY
from app.demo.telegram.ledger import Entry, Ledger
from app.demo.telegram.process import LoopbackProcess, Remote
from app.demo.telegram.server import LoopbackTelegram
from app.demo.telegram.state import Account

__all__ = [
    "EVERY",
    "PUBLIC_KEY",
    "Account",
    "Entry",
    "Faults",
    "Hidden",
    "Ledger",
    "LoopbackProcess",
    "LoopbackTelegram",
    "Refusal",
    "Remote",
    "Restricted",
    "Rule",
    "Strange",
]
