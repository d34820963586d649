"""The flow over real parts: Telethon over TCP, PostgreSQL, the file store, the local tagger."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.adapters.store import file_store
from app.adapters.telegram import account, connect_telegram
from app.demo.llm import LoopbackLLM
from app.demo.telegram import LoopbackTelegram
from app.demo.world import World
from app.domain import refusals, retries
from app.guards import BROKEN
from app.observe import files
from app.pipeline.steps import near_duplicates
from app.settings import Settings, get_settings
from tests.drive import Drive
from tests.factories.settings import telegram_environment
from tests.factories.worlds import CITY, channel
from tests.integration.pipeline.flow import CountingTagger, Flow, PictureReader, WatchedSource
from tests.integration.pipeline.paid import Bought, bought

# Lost messages are believed lost at once: nobody else delivers them here.
QUICK = {
    "REPUBLISH_AFTER": "0",
    "SWEEP_INTERVAL": "0",
    "ALBUM_WAIT": "0.4",
    "MAX_ATTEMPTS": "3",
    "MEDIA_MAX_BYTES": "200000",
}


@pytest.fixture(autouse=True)
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged; unprinted, since drawing a traceback with all its locals takes longer than most tests.

    No step breaks a rule of the runner, whatever the test is about: it would be a failed attempt like others.
    """
    with capture_logs() as entries:
        yield entries
    assert [entry for entry in entries if entry["event"] == BROKEN] == []


@pytest.fixture
def counts() -> Iterator[Path]:
    """This process counts, as a worker does; the directory of its files."""
    files.attach(get_settings())
    yield files.directory(get_settings())
    files.detach()


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    """@news and @city, both empty."""
    with LoopbackTelegram(World([channel(), channel(CITY, "city")]), second_dc=False) as running:
        yield running


@pytest.fixture
def flow(settings: Settings, server: LoopbackTelegram, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    """The pipeline, connected."""
    for name, value in {**QUICK, **telegram_environment(server.session())}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(retries, "BASE", 0.05)  # seconds: patience is not what is tested here
    monkeypatch.setattr(refusals, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(near_duplicates, "PATIENCE", 0.3)
    monkeypatch.setattr(account, "PAUSE", 0.01)
    get_settings.cache_clear()
    adapter = connect_telegram(get_settings())
    vision, tagger = PictureReader(), CountingTagger()
    watched = WatchedSource(adapter.source, adapter.media)
    made = Flow(server, Drive(watched, watched, file_store(get_settings()), tagger, vision), vision, tagger, adapter)
    yield made
    made.adapter.close()


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch, running_models: LoopbackLLM) -> Iterator[Bought]:
    """A watched channel whose pictures an OpenAI-compatible server reads: one for all tests of a file."""
    with bought(flow, monkeypatch, running_models) as made:
        made.connect("openai")
        flow.watch()
        yield made
