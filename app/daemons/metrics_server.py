"""Serves GET /metrics as Prometheus text or OpenMetrics: python -m app.daemons.metrics_server."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from socketserver import TCPServer
from threading import Event as Stop
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from app.errors import UserError
from app.home.directory import open_home, write_private
from app.local import tcp_ports
from app.local.fleet import METRICS_URL
from app.local.stop_signal import stop_event
from app.log import configure_logging
from app.observe.collector import Observed, Questions
from app.pipeline.engine.heartbeat import EVERY_FILE, Heartbeat
from app.settings import Settings, get_settings

log = structlog.get_logger()

PATH = "/metrics"
OPENMETRICS = "application/openmetrics-text"
SLOW_CLIENT = 10.0  # seconds without a byte from a client before its connection is closed
INDEX = b"""<!DOCTYPE html><title>Media Audit</title>
<h1>Media Audit</h1><p><a href="/metrics">/metrics</a> for Prometheus, in its text format or in OpenMetrics.</p>
"""

App = Any  # a WSGI application: wsgiref's own type is for type checkers only


class Handler(WSGIRequestHandler):
    """Handles a request, with a time limit for slow clients and without a line of log."""

    timeout = SLOW_CLIENT

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing: a scrape every 15 seconds would fill the log without a fact in it."""


class Server(ThreadingWSGIServer):
    """Serves each request in its own thread, so that one stuck on a hanging database delays no other."""

    def server_bind(self) -> None:
        """Binds without looking up this machine's name, which takes long where no name server answers."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class Server6(Server):
    """Serves on an IPv6 address."""

    address_family = socket.AF_INET6


def application(questions: Questions) -> App:
    """The WSGI application that answers a scrape with these questions, and / with a link."""
    plain, openmetrics = CollectorRegistry(), CollectorRegistry()
    plain.register(Observed(questions, exemplary=False))
    openmetrics.register(Observed(questions, exemplary=True))
    apps = {False: make_wsgi_app(plain), True: make_wsgi_app(openmetrics)}

    def route(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == PATH:
            return apps[OPENMETRICS in environ.get("HTTP_ACCEPT", "")](environ, start_response)  # type: ignore[no-any-return]
        found = path == "/"
        status, kind = ("200 OK", "text/html") if found else ("404 Not Found", "text/plain")
        start_response(status, [("Content-Type", f"{kind}; charset=utf-8")])
        return [INDEX if found else b"nothing here: look at /metrics\n"]

    return route


def listen(settings: Settings, app: App) -> Server:
    """A server on METRICS_PORT, or on another port where that is taken. UserError if the address refuses listeners."""
    home = open_home(settings.home)
    try:
        return _serve(settings.metrics_host, settings.metrics_port, app)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise UserError(
                f"cannot listen on {settings.metrics_host}:{settings.metrics_port}: {error.strerror}; "
                "set METRICS_HOST to an address of this machine and METRICS_PORT to a port from 1024 on"
            ) from error
    port, _ = tcp_ports.choose(home, "metrics")
    log.warning("METRICS_PORT is taken, another one serves", taken=settings.metrics_port, port=port)
    return _serve(settings.metrics_host, port, app)


def _serve(host: str, port: int, app: App) -> Server:
    kind = Server6 if ":" in host else Server
    return make_server(host, port, app, kind, Handler)


def address(server: Server) -> str:
    """The URL of /metrics for programs on this machine."""
    host = server.server_name
    if host in ("0.0.0.0", "::"):
        host = tcp_ports.LOOPBACK
    return f"http://{f'[{host}]' if ':' in host else host}:{server.server_port}{PATH}"


def run(settings: Settings, stop: Stop) -> None:
    """Serves until `stop` is set, also while databases and brokers are down."""
    questions = Questions(settings)
    server = listen(settings, application(questions))
    url = address(server)
    try:
        write_private(open_home(settings.home).run / METRICS_URL, url)
    except OSError as error:  # a full disk: clients that know the port are still served
        log.warning("the address could not be written down", error=error.strerror)
    log.info("metrics", url=url)
    questions.warm()  # the socket listens already: a request that comes meanwhile waits a little
    Thread(target=server.serve_forever, name="http", daemon=True).start()
    heartbeat = Heartbeat(f"metrics@{socket.gethostname()}", os.getpid(), "metrics")
    heartbeat.beat()
    while not stop.wait(EVERY_FILE):
        heartbeat.beat()
    heartbeat.end()
    server.shutdown()
    server.server_close()
    questions.close()


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    settings = get_settings()
    configure_logging(settings)
    stop = stop_event()
    try:
        run(settings, stop)
    except UserError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
