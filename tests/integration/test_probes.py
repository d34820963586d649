"""What metrics_backend_up goes by: each probe against the real thing, at work and not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import wiring
from app.adapters.telegram import connect_telegram
from app.db import transaction
from app.demo.llm import Fault, LoopbackLLM
from app.demo.telegram import LoopbackTelegram
from app.demo.world import World
from app.errors import UserError, Withheld
from app.observe import gauges, probes
from app.settings import Settings, get_settings
from tests.factories.settings import telegram_environment, vision_settings

ALIVE = "INSERT INTO worker_heartbeats (worker, pid, queues, seen_at) VALUES ('media@here', 1, '{}', {})"


@pytest.fixture(autouse=True)
def _connections(settings: Settings) -> Iterator[None]:
    """Those of the metrics process end with the test."""
    yield
    gauges.engine(settings.database()).dispose()
    wiring.store.forget()


def _write(sql: str) -> None:
    with transaction() as session:
        session.execute(text(sql))


def test_telegram_works_while_a_process_of_ours_is_connected_and_the_data_centre_listens(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LoopbackTelegram(World([]), second_dc=False) as server:
        for name, value in telegram_environment(server.session()).items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        with pytest.raises(probes.Down, match="no process"):
            probes.telegram(get_settings())
        adapter = connect_telegram(get_settings())
        try:
            adapter.connect()
            assert probes.telegram(get_settings())
        finally:
            adapter.close()
        with pytest.raises(probes.Down, match="no process"):
            probes.telegram(get_settings())
    with pytest.raises(OSError, match="refused"):
        probes.telegram(get_settings())


def test_local_vision_works_while_a_worker_that_reads_files_lives(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(ALIVE.format("default,telegram", "now()"))
    with pytest.raises(probes.Down, match="no worker"):
        probes.vision(settings)
    _write("DELETE FROM worker_heartbeats")
    _write(ALIVE.format("media", "now() - interval '46 s'"))
    with pytest.raises(probes.Down, match="no worker"):
        probes.vision(settings)
    _write("UPDATE worker_heartbeats SET seen_at = now()")
    assert probes.vision(settings)
    monkeypatch.setenv("OCR_DATA", str(tmp_path))
    get_settings.cache_clear()
    with pytest.raises(UserError, match="no OCR data"):
        probes.vision(get_settings())


def test_a_paid_provider_works_while_it_answers_for_nothing_and_is_not_let_be(
    settings: Settings, server: LoopbackLLM
) -> None:
    place = {"database_url": settings.database_url, "redis_url": settings.redis_url}
    paid = vision_settings(server, "openai").model_copy(update={**place, "vision_provider": "openai"})
    assert probes.vision(paid)
    _write(
        "INSERT INTO paid_providers (provider, block, blocked_until) "
        "VALUES ('openai', 'outage', now() + interval '60 s')"
    )
    with pytest.raises(probes.Down, match="let be: outage"):
        probes.vision(paid)
    _write("UPDATE paid_providers SET block = 'rate'")
    assert probes.vision(paid), "who answers 429 answers"
    server.faults.add(Fault("no_credit", "models"))
    with pytest.raises(probes.Down, match="openai: "):
        probes.vision(paid)
    assert server.ledger.tokens == 0


def test_the_store_works_while_it_can_be_written_to_and_keeps_nothing_of_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert probes.store(settings)
    left = [path for path in (settings.media_audit_home / "media").rglob("*") if path.is_file()]
    assert left == []
    wiring.store.forget()
    (tmp_path / "file").write_text("no directory")
    monkeypatch.setenv("MEDIA_URL", f"file://{tmp_path}/file/media")
    get_settings.cache_clear()
    with pytest.raises(Withheld, match="Not a directory"):
        probes.store(get_settings())
