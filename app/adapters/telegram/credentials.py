"""Reads the Telegram credentials from the settings: API id and hash, and the session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from telethon.crypto import rsa
from telethon.sessions import StringSession

from app.adapters.telegram.errors import LOGIN
from app.errors import UserError
from app.settings import Settings


@dataclass(frozen=True)
class Credentials:
    """api_id and api_hash come from https://my.telegram.org. Logs and tracebacks never show secrets."""

    api_id: int
    api_hash: str = field(repr=False)
    session: str = field(repr=False)

    @property
    def auth_key(self) -> bytes:
        """The session's 256 bytes."""
        key: bytes = StringSession(self.session).auth_key.key
        return key


def credentials(settings: Settings) -> Credentials:
    """The credentials in the settings. UserError if one is missing or malformed."""
    api_id, api_hash = api(settings)
    if settings.telegram_session is None:
        raise UserError(f"TELEGRAM_SESSION is not set: {LOGIN}")
    session = settings.telegram_session.get_secret_value().strip()
    if not _is_session(session):
        raise UserError(f"TELEGRAM_SESSION is not a Telethon string session: {LOGIN}")
    return Credentials(api_id, api_hash, session)


def api(settings: Settings) -> tuple[int, str]:
    """api_id and api_hash. UserError if one is missing."""
    if not settings.telegram_api_id or settings.telegram_api_hash is None:
        raise UserError("TELEGRAM_API_ID and TELEGRAM_API_HASH are not set: get them at https://my.telegram.org")
    return settings.telegram_api_id, settings.telegram_api_hash.get_secret_value()


def user_fingerprint(user: int) -> str:
    """A fingerprint of a Telegram user, to compare accounts by: 16 hexadecimal digits."""
    return hashlib.sha256(f"media-audit telegram user {user}".encode()).hexdigest()[:16]


def trust_test_key(pem: Path | None) -> None:
    """Makes Telethon trust the RSA key of a test data centre; Telegram's own keys come with Telethon."""
    if pem is None:
        return
    try:
        rsa.add_key(pem.read_text(), old=False)
    except (OSError, ValueError) as error:
        raise UserError(f"TELEGRAM_TEST_RSA_KEY={pem} is not a PEM file with an RSA public key: {error}") from error


def _is_session(text: str) -> bool:
    try:
        return StringSession(text).auth_key is not None and text != ""
    except Exception:  # struct, base64, address or value errors
        return False
