"""Makes the Telegram adapter from the settings."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.adapters.loop import LoopThread
from app.adapters.store import file_store
from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.credentials import credentials, trust_test_key, user_fingerprint
from app.adapters.telegram.downloader import Downloader, Limits
from app.adapters.telegram.invitations import Invitations
from app.adapters.telegram.source import TelethonSource
from app.errors import MediaAuditError, UserError
from app.ports import MediaSource, TelegramSource
from app.settings import Settings

MIB = 1024 * 1024
OF_LEASE = 0.8  # a fetch ends after this share of its lease: the rest is for writing the result
# Bytes. 16 files of this size at once are 1 GiB, which 2.2 MB/s deliver within the 480 s of a fetch. The parts of a
# larger file alone fill the line: several such files at once would only make all of them late.
LARGE = 64 * MIB
LARGE_FILES = 2  # at a time, so that one that stalls does not hold up all others


class TelegramAdapter:
    """All access of a process to one Telegram account; safe to use from any thread.

    source, media: the ports. Both connect at first use and again after a loss. They raise AccountBusy (a UserError and
    an uncharged Transient) if another process is the owner, SessionLost (also Transient) if a new login is needed.
    """

    source: TelegramSource
    media: MediaSource
    invitations: Invitations

    def __init__(self, account: TelegramAccount, loop: LoopThread, source: TelethonSource, media: Downloader) -> None:
        self._account = account
        self._loop = loop
        self._downloader = media
        self.source = source
        self.media = media
        self.invitations = Invitations(account, loop)

    def connect(self) -> None:
        """Connects now, for commands that need the result at once."""
        self._loop.call(_opened(self._account), None)

    def user(self) -> str | None:
        """The fingerprint of the user who is logged in: of two logins of one user it is the same.

        Connects if nothing is known yet; None if that fails, for the next request to say why.
        """
        if self._account.user is None:
            with suppress(MediaAuditError):
                self.connect()
        return None if self._account.user is None else user_fingerprint(self._account.user)

    def unready(self) -> str | None:
        """Why no request to Telegram can be made now; None while the account is held and connected."""
        return self._account.unready() if self._loop.running else "disconnected: the process ends"

    def close(self) -> None:
        """Disconnects, releases the account, ends the threads; safe to repeat."""
        if self._loop.running:
            self._loop.call(self._account.close(), None, closing=True)
            self._loop.stop()
            self._downloader.close()


def connect_telegram(settings: Settings) -> TelegramAdapter:
    """The adapter, not connected yet. UserError if a setting is missing or malformed."""
    who = credentials(settings)
    trust_test_key(settings.telegram_test_rsa_key)
    limits = _limits(settings)
    loop = LoopThread("telegram")
    account = TelegramAccount(who, _conninfo(settings.database()), settings.telegram_timeout, settings.proxy())
    source = TelethonSource(account, loop)
    media = Downloader(account, source, loop, file_store(settings), limits)
    return TelegramAdapter(account, loop, source, media)


async def _opened(account: TelegramAccount) -> None:
    await account.client()


def _limits(settings: Settings) -> Limits:
    part = settings.part_bytes
    if part <= 0 or part % 4096 or MIB % part:
        raise UserError(f"PART_BYTES={part} does not divide 1 MiB into multiples of 4 KiB: use 524288")
    seconds = settings.lease_seconds * OF_LEASE
    return Limits(
        max_bytes=settings.media_max_bytes,
        files=settings.download_parallel,
        parts=settings.parts_in_flight,
        part_bytes=part,
        seconds=seconds,
        stall=min(settings.telegram_timeout, seconds / 2),
        large_bytes=LARGE,
        large_files=LARGE_FILES,
    )


def _conninfo(url: str) -> str:
    """SQLAlchemy's address in the form of libpq."""
    try:
        return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    except ArgumentError:
        raise UserError("DATABASE_URL is not an address like postgresql://user:password@host/database") from None
