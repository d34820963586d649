"""Serves the page: python -m app.daemons.web."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from threading import Event, Thread

import structlog
import uvicorn
from sqlalchemy.exc import OperationalError

from app.access import users
from app.db import transaction
from app.domain.access.entry import Entry, Way
from app.domain.flow import Next
from app.errors import UserError
from app.home.directory import open_home, write_private
from app.local import tcp_ports
from app.local.fleet import WEB_URL
from app.local.stop_signal import stop_event
from app.log import configure_logging
from app.observe import files
from app.pipeline.engine.heartbeat import EVERY_FILE, Heartbeat
from app.settings import Settings, forget_secrets, get_settings
from app.web.application import application
from app.web.entry import entry_of
from app.web.limits.connection import PATIENCE, Patience, connection

log = structlog.get_logger()

BACKLOG = 128  # connections that wait to be accepted
STOPPING = 5  # seconds for running requests at the end
SMALL_HEAD = 16 * 1024  # bytes of a request's line and headers


def listen(settings: Settings) -> socket.socket:
    """A socket on WEB_PORT, or on another port where that is taken."""
    try:
        return _bound(settings.web_host, settings.web_port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise UserError(
                f"cannot listen on {settings.web_host}:{settings.web_port}: {error.strerror}; "
                "set WEB_PORT to a port from 1024 on"
            ) from error
    port, _ = tcp_ports.choose(open_home(settings.home), "web")
    log.warning("WEB_PORT is taken, another one serves", taken=settings.web_port, port=port)
    return _bound(settings.web_host, port)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: the second part of an answer would wait 40 ms until the
    # client has acknowledged the first.
    made = socket.socket(family, proto=socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    made.listen(BACKLOG)
    return made


def run(settings: Settings, stop: Event, patience: Patience = PATIENCE) -> None:
    """Serves until `stop` is set, also while the database is down. UserError if it is open to all, or to no user."""
    entry = entry_of(settings)
    _check_users(entry)
    listener = listen(settings)
    url = _url(*listener.getsockname()[:2])
    write_private(open_home(settings.home).run / WEB_URL, url)
    if entry.beyond and not entry.secure:
        log.warning("passwords and pages go over the network unencrypted unless WEB_URL is on https")
    server = uvicorn.Server(_config(settings, patience))
    serving = Thread(target=server.run, args=([listener],), name="http")
    serving.start()
    log.info("page", url=url)
    heartbeat = Heartbeat(f"web@{socket.gethostname()}", os.getpid(), "web")
    heartbeat.beat()
    while not stop.wait(EVERY_FILE) and serving.is_alive():
        heartbeat.beat()
    heartbeat.end()
    server.should_exit = True
    serving.join()
    listener.close()


def _url(host: str, port: int) -> str:
    """The address on this machine of a page that listens there."""
    address = ip_address(host)
    if address.is_unspecified:
        return f"http://{tcp_ports.LOOPBACK}:{port}"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


def _check_users(entry: Entry) -> None:
    """UserError if other machines reach a page that no user can enter. A database that is down cannot be asked."""
    if not entry.beyond:
        return
    with suppress(OperationalError), transaction() as session:
        if not users.any_user(session):
            password = " --no-password" if entry.way is Way.PROXY else ""
            raise UserError(
                "WEB_HOST leads other machines to the page, which has no user: "
                f"`media-audit users add NAME --role operator{password}`, then start it again"
            )


def _publish(calls: Iterable[Next]) -> None:
    from app.tasks.publish import publish  # late: imports Celery, which is configured by the settings

    publish(calls)


def _config(settings: Settings, patience: Patience) -> uvicorn.Config:
    return uvicorn.Config(
        application(_publish, settings),
        http=connection(patience),
        ws="none",
        log_config=None,
        log_level="error",  # malformed requests are counted: a line for each would fill the log
        access_log=False,  # addresses hold what users search for
        server_header=False,
        proxy_headers=False,  # the peer is that of the connection: a client may write these headers itself
        timeout_graceful_shutdown=STOPPING,
        h11_max_incomplete_event_size=SMALL_HEAD,
    )


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    forget_secrets()
    settings = get_settings()
    configure_logging(settings)
    files.attach(settings)
    stop = stop_event()
    try:
        run(settings, stop)
    except UserError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
