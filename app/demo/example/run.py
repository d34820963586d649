"""The real run: services, workers and the loopback Telegram, the album, and the picture that comes late."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import wiring
from app.db import transaction
from app.demo.channels import sample_world
from app.demo.example.heard import Ear, listening
from app.demo.example.rows import Chapter, read_chapter
from app.demo.example.scene import Scene, scene
from app.demo.telegram import LoopbackTelegram
from app.errors import MediaAuditError
from app.local.fleet import fleet
from app.local.processes import Processes
from app.operations import channels, run_until_idle
from app.search.hits import Hit
from app.search.query import search
from app.settings import Settings, get_settings

# One child for each pool: a queue with one reader is worked off in the same order each time.
SETTINGS = {
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": "example",
    "POLL_INTERVAL": "1",
    "SWEEP_INTERVAL": "1",
    "WORKERS_MEDIA": "1",
    "WORKERS_DEFAULT": "1",
}
PATIENCE = 120.0  # seconds for one part, on a busy machine
QUERY = "рыжий, с белым кончиком хвоста"  # stands in the screenshot; the caption has none of these words


@dataclass(frozen=True)
class Story:
    """Everything that the page tells."""

    scene: Scene
    first: Chapter  # the album as it was posted
    second: Chapter  # after the late picture
    hit: Hit


def run(samples: Path) -> Story:
    """Follows the album through the services that the settings name. samples: a directory for the sample files."""
    played = scene(sample_world(samples))
    with LoopbackTelegram(played.world) as server, _account(server) as settings:
        with transaction() as session:
            channels.add(session, [played.reference])
        with fleet(settings) as processes, listening(settings.broker()) as ear:
            _until_idle(settings, processes)
            first = _next(server, settings, processes, ear, played)
            hit = _find(first)
            second = _next(server, settings, processes, ear, played)
    return Story(played, first, second, hit)


@contextmanager
def _account(server: LoopbackTelegram) -> Iterator[Settings]:
    """The environment of an account on this server, while the context lasts."""
    fresh = {**SETTINGS, "TELEGRAM_SESSION": server.session()}
    before = {name: os.environ.get(name) for name in fresh}
    os.environ.update(fresh)
    get_settings.cache_clear()
    try:
        yield get_settings()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        get_settings.cache_clear()


def _next(server: LoopbackTelegram, settings: Settings, processes: Processes, ear: Ear, played: Scene) -> Chapter:
    ear.tell()
    server.ledger.clear()
    server.next_batch()
    _until_idle(settings, processes)
    with transaction() as session:
        return read_chapter(session, played, ear.tell(), server.ledger)


def _until_idle(settings: Settings, processes: Processes) -> None:
    state = run_until_idle.until_idle(settings, processes, lambda _: None, PATIENCE)
    if not state.idle:
        raise MediaAuditError(f"the example did not come to its end: {state}")


def _find(chapter: Chapter) -> Hit:
    with transaction() as session:
        found = search(session, QUERY, embedder=wiring.embedder())
    return next(hit for hit in found if hit.publication_id == chapter.names.publication)
