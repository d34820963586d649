"""The sample channels, read with the loopback models by real workers, broker, beat and relay."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from app.adapters.vision.types import readable
from app.db import transaction
from app.demo.channels import SampleWorld
from app.demo.expected import expected
from app.demo.llm import LoopbackLLM, plausible
from app.demo.llm.answers import Answer, Asked
from app.demo.telegram import PUBLIC_KEY, LoopbackTelegram
from app.home.directory import open_home
from app.local.exporter import Exporter, exporter_for
from app.local.fleet import fleet
from app.local.processes import Processes
from app.operations import channels, run_until_idle
from app.settings import Settings, get_settings
from tests.rows import Rows
from tests.services import TestServices

QUICK = {
    "POLL_INTERVAL": "2",
    "SWEEP_INTERVAL": "1",
    "ALBUM_WAIT": "1",
    "REPUBLISH_AFTER": "5",
    "EDIT_WINDOW": "300",
    "WORKERS_TELEGRAM": "12",
    "WORKERS_MEDIA": "1",
    "WORKERS_DEFAULT": "2",
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": "loopback",
    "GIGACHAT_DAILY_TOKENS": "unlimited",
    "EMBEDDER": "none",
}


@dataclass
class Town(Rows):
    """The running system over the sample channels."""

    settings: Settings
    server: LoopbackLLM
    telegram: LoopbackTelegram
    processes: Processes
    celery: Celery
    home: Path
    exporter: Exporter | None = None

    def read(self, seconds: float = 200.0) -> None:
        """Everything to its end."""
        state = run_until_idle.until_idle(self.settings, self.processes, lambda _: None, seconds)
        assert state.idle, f"left: {state}; {self.rows(OPEN)}"

    def readable(self) -> dict[int, str]:
        """The distinct files that a reader of pictures can decode: id -> sha256."""
        files = self.rows(
            "SELECT f.id, f.sha256, f.mime FROM media_files f WHERE NOT EXISTS"
            " (SELECT 1 FROM media_vision v WHERE v.media_file_id = f.id AND v.status = 'error')"
        )
        return {file["id"]: file["sha256"] for file in files if readable(file["mime"])}

    def spent(self) -> int:
        """Tokens by our own ledger: settled, or reserved where the end is not known."""
        return int(self.one("SELECT coalesce(sum(coalesce(settled, reserved)), 0) FROM token_ledger"))


OPEN = "SELECT step, subject_id, state, reason, last_error FROM work WHERE state IN ('due', 'leased') LIMIT 5"


def slowly(seconds: float) -> Answer:
    """A model that thinks for a while, so that there is a middle of a call."""

    def answer(asked: Asked) -> Any:
        time.sleep(seconds)
        return plausible(asked)

    return answer


@contextmanager
def town(
    world: SampleWorld,
    services: TestServices,
    home: Path,
    answer: Answer = plausible,
    **changes: str,
) -> Iterator[Town]:
    """Services, servers and workers around the sample channels, until the context is left; with an EXPORTER_PORT among
    the changes the Celery exporter, too."""
    sample = expected(world)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        telegram = stack.enter_context(LoopbackTelegram(world))
        server = stack.enter_context(LoopbackLLM(answer=answer))
        home.mkdir()
        (home / "key.pem").write_text(PUBLIC_KEY)
        env = {
            **QUICK,
            **server.environment("gigachat", tags=True),
            "TAGGER": "local",
            "MEDIA_AUDIT_HOME": str(home),
            "DATABASE_URL": stack.enter_context(services.database(services.template)),
            "REDIS_URL": stack.enter_context(services.redis_database()),
            "TELEGRAM_SESSION": telegram.session(),
            "TELEGRAM_TEST_RSA_KEY": str(home / "key.pem"),
            **changes,
        }
        for name, value in env.items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        settings = get_settings()
        stack.callback(get_settings.cache_clear)
        run_until_idle.check(settings)
        with transaction() as session:
            channels.add(session, sample.references)
        celery = Celery(broker=settings.broker(), backend=settings.redis())
        celery.conf.task_ignore_result = True
        exporter = exporter_for(settings, open_home(home)) if "EXPORTER_PORT" in changes else None
        processes = stack.enter_context(fleet(settings, exporter=exporter))
        yield Town(settings, server, telegram, processes, celery, home, exporter)
