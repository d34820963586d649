"""The page on a port of loopback, and a client for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from app.access import sessions, users
from app.daemons import web
from app.db import transaction
from app.domain.access.roles import Role
from app.local.fleet import WEB_URL
from app.settings import Settings
from app.web.entry import entry_of
from app.web.visitors import cookie
from tests.rows import until


@contextmanager
def serving(
    settings: Settings, run: Callable[[Settings, threading.Event], None] = web.run, file: str = WEB_URL
) -> Iterator[str]:
    """The address of a page in a thread, with these settings. run, file: of another server that runs so."""
    stop = threading.Event()
    address = settings.home / "run" / file
    address.unlink(missing_ok=True)  # of an earlier server in this home
    thread = threading.Thread(target=run, args=(settings, stop))
    thread.start()
    try:
        until(address.exists, "an address", 10)
        yield address.read_text()
    finally:
        stop.set()
        thread.join()


@contextmanager
def browsing(settings: Settings) -> Iterator[httpx.Client]:
    """A client of such a page; it does not follow redirections."""
    with serving(settings) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def signed_in(settings: Settings, role: Role | str, name: str | None = None) -> dict[str, str]:
    """The cookie of a new session of a user with this role, by its name. name: of the user, else that of the role."""
    key = name or str(role)
    with transaction() as session:
        user = users.named(session, key) or users.add(session, key, Role(role), None)
        token = sessions.begin(session, user, Role(role), "a test")
    return {cookie(entry_of(settings)): token}
