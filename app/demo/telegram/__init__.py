"""A Telegram server on loopback that speaks MTProto to an unmodified Telethon client."""

from app.demo.telegram.faults import Faults, Rule, Strange
from app.demo.telegram.keys import PUBLIC_KEY
from app.demo.telegram.ledger import Entry, Ledger
from app.demo.telegram.server import LoopbackTelegram
from app.demo.telegram.state import Account

__all__ = ["PUBLIC_KEY", "Account", "Entry", "Faults", "Ledger", "LoopbackTelegram", "Rule", "Strange"]
