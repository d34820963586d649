"""Whether what Media Audit depends on works: each probe does a little of what the work itself does.

A probe returns True when its target works and raises when it does not. The metrics process gives it a thread and a
deadline.
"""

from __future__ import annotations

import os
import secrets
import socket

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import wiring
from app.adapters.vision.local import local_vision
from app.doctor.check import CheckFailed
from app.errors import MediaAuditError
from app.events.topology import connect
from app.models import PaidProvider, WorkerHeartbeat
from app.observe.gauges import reading
from app.pipeline.engine.reclaim import SILENT
from app.queues import lengths
from app.settings import Settings

TARGETS = ("postgres", "broker", "telegram", "vision", "store")
TCP_SECONDS = 3.0  # for a connection to Telegram's data centre: from anywhere on earth it takes one
PROBE_BYTES = 64
# Blocks that say something of the provider; a 429 is answered by a provider that works.
DOWN = ("outage", "credit", "setting")
# Who holds the lock on an account (app/adapters/telegram/ownership.py), as pg_locks shows a 64-bit key in two halves.
HELD = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = :high AND objid::bigint = :low
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Down(MediaAuditError):
    """The target does not work."""


def postgres(settings: Settings) -> bool:
    """A query, over a connection like those of the work."""
    with reading(settings.database()) as session:
        return bool(session.scalar(text("SELECT 1")))


def broker(settings: Settings) -> dict[str, int]:
    """A new connection to the broker (Redis: PING); returns how many messages wait in each queue."""
    with connect(settings.broker()) as connection:
        return lengths(connection)


def store(settings: Settings) -> bool:
    """A small file is written, synced, read again and removed where downloads are written."""
    path = wiring.store().temporary()
    written = secrets.token_bytes(PROBE_BYTES)
    try:
        with path.open("xb") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        if path.read_bytes() != written:
            raise Down("the store does not give back what was written to it")
    finally:
        path.unlink(missing_ok=True)
    return True


def telegram(settings: Settings) -> bool:
    """The data centre of the session takes a TCP connection, and a process of ours holds the account.

    Nobody may connect with the account a second time: Telegram would end the session. But its owner holds the lock on
    it exactly as long as it is connected and logged in, and lets go of it when either ends.
    """
    # Late: Telethon takes 0.2 s before anything is asked; the other probes do without.
    from telethon.sessions import StringSession

    # Late, as above.
    from app.adapters.telegram.credentials import credentials
    from app.adapters.telegram.ownership import lock_key

    who = credentials(settings)
    session = StringSession(who.session)
    with socket.create_connection((session.server_address, session.port), TCP_SECONDS):
        pass  # nothing is said: an account is not even named
    key = lock_key(who.auth_key)
    with reading(settings.database()) as database:
        halves = {"high": key >> 32 & 0xFFFFFFFF, "low": key & 0xFFFFFFFF}
        if not database.scalar(text(HELD), halves):
            raise Down("no process is connected with the Telegram account")
    return True


def vision(settings: Settings) -> bool:
    """Every provider of the chain: see `_local` and `_paid`. A chain without any lacks nothing."""
    for provider in settings.vision_chain():
        if provider == "local":
            _local(settings)
        else:
            _paid(settings, provider)
    return True


def _local(settings: Settings) -> None:
    """Its data are there, and a worker that reads files has lately been seen."""
    _ = local_vision(settings).recipe
    with reading(settings.database()) as session:
        seen = WorkerHeartbeat.seen_at > func.clock_timestamp() - SILENT
        served = session.scalars(select(WorkerHeartbeat.queues).where(seen))
        if not any("media" in queues.split(",") for queues in served):
            raise Down("no worker that reads files shows that it lives")


def _paid(settings: Settings, provider: str) -> None:
    """It answers with its list of models, which is free, has ours among them, and no failed calls are waited out."""
    from app.doctor import providers  # late: with it comes the provider's SDK

    with reading(settings.database()) as session:
        if block := _block(session, provider):
            raise Down(f"{provider} is let be: {block}")
    try:
        providers.reach(settings, provider)
    except CheckFailed as ill:
        raise Down(f"{provider}: {ill.args[0]}") from None


def _block(session: Session, provider: str) -> str | None:
    later = PaidProvider.blocked_until > func.clock_timestamp()
    blocked = select(PaidProvider.block).where(PaidProvider.provider == provider, later, PaidProvider.block.in_(DOWN))
    return session.scalar(blocked)
