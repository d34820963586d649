"""Probes of the services that Media Audit needs: each does a small part of the real work.

A probe returns True if its target works, else it raises. The metrics process runs it in a thread with a deadline.
"""

from __future__ import annotations

import os
import secrets

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

TCP_SECONDS = 3.0  # for a connection to Telegram's data centre, which takes one second from anywhere on earth
PROBE_BYTES = 64
# Blocks that mean the provider is down. A provider that answers 429 works.
DOWN = ("outage", "credit", "setting")
# Finds the holder of the lock on an account (app/adapters/telegram/ownership.py). pg_locks shows a 64-bit key as two
# halves.
HELD = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = :high AND objid::bigint = :low
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Down(MediaAuditError):
    """The target does not work."""


def postgres(settings: Settings) -> bool:
    """Runs a query over a connection like those of the work."""
    with reading(settings.database()) as session:
        return bool(session.scalar(text("SELECT 1")))


def broker(settings: Settings) -> dict[str, int]:
    """Opens a new connection to the broker (Redis: PING); returns the number of messages that wait in each queue."""
    with connect(settings.broker()) as connection:
        return lengths(connection)


def store(settings: Settings) -> bool:
    """Writes, syncs, reads and removes a small file in the directory of downloads."""
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
    """Connects to the session's data centre by TCP, through the proxy if there is one. Checks that we hold the account.

    A second connection with the account is no option: Telegram would end the session. The owner of the account holds
    its lock exactly as long as it is connected and logged in.
    """
    # Late: importing Telethon takes 0.2 s, and the other probes do not need it.
    from telethon.sessions import StringSession

    # Late, as above.
    from app.adapters.telegram import credentials, ownership, proxy

    who = credentials.credentials(settings)
    session = StringSession(who.session)
    # Connects only: sends no byte to Telegram, so names no account.
    proxy.reach(settings.proxy(), session.server_address, session.port, TCP_SECONDS)
    key = ownership.lock_key(who.auth_key)
    with reading(settings.database()) as database:
        halves = {"high": key >> 32 & 0xFFFFFFFF, "low": key & 0xFFFFFFFF}
        if not database.scalar(text(HELD), halves):
            raise Down("no process is connected with the Telegram account")
    return True


def vision(settings: Settings) -> bool:
    """Probes every provider of the chain, see `_local` and `_paid`. An empty chain passes."""
    for provider in settings.vision_chain():
        if provider == "local":
            _local(settings)
        else:
            _paid(settings, provider)
    return True


def _local(settings: Settings) -> None:
    """Checks that the data of the local models exist, and that a worker for them sent a heartbeat lately."""
    _ = local_vision(settings).recipe
    with reading(settings.database()) as session:
        seen = WorkerHeartbeat.seen_at > func.clock_timestamp() - SILENT
        served = session.scalars(select(WorkerHeartbeat.queues).where(seen))
        if not any("media" in queues.split(",") for queues in served):
            raise Down("no worker that reads files shows that it lives")


def _paid(settings: Settings, provider: str) -> None:
    """Checks that no block pauses calls, and that the provider's list of models, which is free, contains ours."""
    from app.doctor import providers  # late: it imports the provider's SDK

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
