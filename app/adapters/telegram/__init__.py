"""Telegram through Telethon: the ports TelegramSource and MediaSource, and the login."""

from app.adapters.telegram.errors import AccountBusy, SessionLost
from app.adapters.telegram.factory import TelegramAdapter, connect_telegram
from app.adapters.telegram.login import login

__all__ = ["AccountBusy", "SessionLost", "TelegramAdapter", "connect_telegram", "login"]
