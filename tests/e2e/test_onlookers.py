"""Flower beside live workers: it shows tasks by name and id, never a secret, and nothing without its password."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from app.home.directory import open_home
from app.local import fleet as fleets
from app.local import tcp_ports
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo

PASSWORD = "only-for-those-who-look-on"
PERSIST = "app.tasks.persist.persist_publication"
PAGES = ("/", "/workers", "/tasks", "/broker", "/metrics", "/api/tasks", "/api/workers", "/api/queues/length")


@pytest.fixture
def visitor(flow: Flow) -> Iterator[httpx.Client]:
    """Somebody with the password, as soon as Flower answers."""
    port = tcp_ports.preferred(open_home(flow.home), "flower", 5555)
    env = {**fleets.environment(flow.settings), "FLOWER_PASSWORD": PASSWORD, "LOG_FORMAT": flow.settings.log_format}
    [program] = [
        found
        for found in fleets.programs(
            flow.settings,
            open_home(flow.home),
            fleets.Flower(f"http://{tcp_ports.LOOPBACK}:{port}", "media-audit", PASSWORD),
        )
        if found.name == "flower"
    ]
    log = flow.home / "logs" / "flower.log"
    with log.open("ab") as file:
        process = subprocess.Popen(program.argv, env={**env, **program.env}, stdout=file, stderr=file)
    try:
        with httpx.Client(base_url=f"http://{tcp_ports.LOOPBACK}:{port}", auth=("media-audit", PASSWORD)) as client:
            _until(lambda: _answers(client), "Flower answers")
            yield client
    finally:
        process.terminate()
        process.wait(15)


def test_flower_shows_tasks_and_no_secret_to_those_with_the_password(
    visitor: httpx.Client, channel: TestChannel
) -> None:
    flow = channel.flow
    _until(lambda: len(visitor.get("/api/workers", params={"refresh": "1"}).json()) >= 3, "the workers are found")
    _until(lambda: _seen(visitor, "app.tasks.sweep.sweep"), "the workers send events, since Flower asked them to")
    channel.post(1, "На виду у всех", drawn_photo())
    channel.watch()
    _until(lambda: _seen(visitor, PERSIST), "a task of the post is seen")
    uuid, task = _seen(visitor, PERSIST)[-1]
    workers = visitor.get("/api/workers", params={"refresh": "1"}).json()
    inside = [f"/task/{uuid}", f"/api/task/info/{uuid}", *(f"/worker/{name}" for name in workers)]
    shown = {page: visitor.get(page) for page in (*PAGES, *inside)}
    assert {page: answer.status_code for page, answer in shown.items() if answer.status_code != 200} == {}
    assert str(task["worker"]).startswith("default@")
    assert uuid in shown[f"/task/{uuid}"].text
    conf = next(iter(workers.values()))["conf"]
    assert conf["result_backend"].startswith("app.worker.chord_backend.ChordCounter+redis://"), (
        "the settings are really shown"
    )

    known = _secrets(flow)
    texts = {page: answer.text for page, answer in shown.items()} | {"/api/workers?refresh": str(workers)}
    texts |= {"log": (flow.home / "logs" / "flower.log").read_text()}
    lines = [json.loads(line) for line in texts["log"].splitlines()]
    assert any("Visit me" in line["event"] for line in lines), "its log has the form of the others"
    leaks = [f"{name} in {page}" for page, text in texts.items() for name, secret in known.items() if secret in text]
    assert leaks == []

    with httpx.Client(base_url=visitor.base_url) as stranger:
        refused = {page: stranger.get(page).status_code for page in shown}
        assert set(refused.values()) == {401}, refused
        assert stranger.get("/api/tasks", auth=("media-audit", "guessed")).status_code == 401
    order = f"/api/worker/shutdown/{next(iter(workers))}"
    assert visitor.post(order).status_code == 403, "whoever looks on ends no worker"


def _secrets(flow: Flow) -> dict[str, str]:
    settings = flow.settings
    assert settings.telegram_session
    found = {
        "session": settings.telegram_session.get_secret_value(),
        "password of the database": urlsplit(settings.database()).password or "",
        "password of the broker": urlsplit(settings.broker()).password or "",
        "password of Flower": PASSWORD,
    }
    assert all(len(value) >= 12 for value in found.values())
    return found


def _seen(client: httpx.Client, name: str) -> list[tuple[str, dict[str, object]]]:
    """Tasks of this name, with their ids."""
    return [(uuid, task) for uuid, task in client.get("/api/tasks").json().items() if task["name"] == name]


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthcheck").status_code == 200
    except httpx.ConnectError:
        return False


def _until(holds: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
