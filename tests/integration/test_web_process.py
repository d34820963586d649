"""The page as `up` starts it: a process with an address, a heartbeat and an orderly end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from contextlib import suppress
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from app.daemons.web import listen
from app.home.directory import open_home
from app.local import fleet
from app.settings import SECRETS, Settings
from tests.integration.pipeline.database import rows
from tests.rows import until


def answers(url: str) -> bool:
    """Whether the page is served there."""
    with suppress(URLError), urlopen(f"{url}/feed") as answer:
        return answer.status == 200 and b"Media Audit" in answer.read()
    return False


def test_it_serves_reports_that_it_lives_and_ends_in_good_order(settings: Settings) -> None:
    home = open_home(settings.home)
    port = fleet.web_port(settings, home)
    url = (home.run / fleet.WEB_URL).read_text()
    assert url == f"http://127.0.0.1:{port}"
    [program] = [one for one in fleet.programs(settings, home, page=True) if one.name == "web"]
    process = subprocess.Popen(program.argv, env={**fleet.environment(settings), "WEB_PORT": str(port)})
    try:
        until(lambda: answers(url), "the page", 60)
        until(lambda: rows("SELECT queues FROM worker_heartbeats") == [("web",)], "a heartbeat", 20)
        health = [*program.argv[:2], "app.health", "live", "web"]
        alive = subprocess.run(health, env=os.environ, capture_output=True, text=True, check=False)
        assert alive.returncode == 0, alive
        assert url in alive.stdout + alive.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert rows("SELECT ended_at IS NOT NULL FROM worker_heartbeats") == [(True,)]


def test_it_holds_no_secret_of_telegram_and_of_providers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name.upper(), "socks5://geheim@192.0.2.1:9" if name == "telegram_proxy" else "geheim")
    home = open_home(settings.home)
    [program] = [one for one in fleet.programs(settings, home, page=True) if one.name == "web"]
    seen = program.environment(fleet.environment(settings))
    assert [name for name, value in seen.items() if "geheim" in value] == []
    assert "DATABASE_URL" in seen
    # Nor does one that was started with them, by hand or by a file .env, go on with them.
    asked = (
        "from app.settings import Settings, forget_secrets, get_settings\n"
        "assert Settings().telegram_session\n"
        "forget_secrets()\n"
        "print(get_settings().model_dump_json(), __import__('os').environ)\n"
        "print({name: repr(getattr(get_settings(), name)) for name in Settings.model_fields})\n"
    )
    told = subprocess.run([program.argv[0], "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "geheim" not in told
    assert told.count("SecretStr") == 2, "the addresses of database and Redis alone"


def test_without_a_page_no_address_is_left_behind(settings: Settings) -> None:
    home = open_home(settings.home)
    assert [one.name for one in fleet.programs(settings, home)].count("web") == 0
    fleet.web_port(settings, home)
    assert fleet.running_page(settings) is None  # no fleet runs in this home


def test_no_part_of_an_answer_waits_for_the_client_to_acknowledge_another(settings: Settings) -> None:
    """Nagle's algorithm would hold the second part back for 40 ms."""
    with listen(settings) as listener:
        assert asyncio.run(_sends_at_once(listener))


async def _sends_at_once(listener: socket.socket) -> bool:
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(serve, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        found = await accepted
        writer.close()
    return found
