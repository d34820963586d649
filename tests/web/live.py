"""A whole Media Audit with its page: workers, beat, relay and consumer poll channels of a loopback Telegram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from celery import Celery

from app.demo.telegram import LoopbackTelegram
from app.demo.world import World
from app.local.fleet import WEB_URL, fleet
from app.settings import Settings, get_settings
from tests.e2e.conftest import QUICK
from tests.e2e.flow import Flow
from tests.factories.worlds import channels
from tests.services import TestServices

CHANNELS = 4
PROCESSES = 8  # that report in


@contextmanager
def live(services: TestServices, home: Path, settled: Mapping[str, str] = QUICK) -> Iterator[tuple[Flow, str]]:
    """The running system and the address of its page. settled: settings, which are quick unless others are given."""
    there = channels(CHANNELS, 9_000, "live_channel")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(LoopbackTelegram(World(there)))
        database = stack.enter_context(services.database(services.template))
        own = {
            "MEDIA_AUDIT_HOME": str(home),
            "DATABASE_URL": database,
            "REDIS_URL": services.redis_url(keep=True),
            "TELEGRAM_SESSION": server.session(),
        }
        for name, value in (own | dict(settled)).items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        settings = Settings(_env_file=None)
        celery = Celery(broker=settings.broker(), backend=settings.redis())
        flow = Flow(server, settings, celery, home, iter(there))
        stack.enter_context(fleet(settings, page=True))
        flow.until(lambda: len(flow.rows("SELECT 1 FROM worker_heartbeats")) >= PROCESSES, "all at work", 120)
        yield flow, (home / "run" / WEB_URL).read_text()
    get_settings.cache_clear()
