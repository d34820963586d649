"""Fixtures that all tests share: real services, fresh databases, settings without the developer's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import db
from app.demo.llm import LoopbackLLM
from app.settings import Settings, get_settings
from tests import profiles
from tests.adapters import forget_adapters
from tests.services import TestServices

profiles.load()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make unit` leaves out each test that asks for PostgreSQL or Valkey, directly or through another fixture."""
    for item in items:
        if "services" in getattr(item, "fixturenames", ()):
            item.add_marker("services")


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No test sees the environment, .env or home of whoever runs it, nor what an earlier test made of its own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SECRETS_DIR", "")
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("MEDIA_AUDIT_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()
    _forget_engine()
    forget_adapters()


def _forget_engine() -> None:
    """The next test has another database."""
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServices]:
    """One embedded PostgreSQL and Valkey; they end with the session, even when that is killed.

    TEST_SERVICES: the home of services that run already, and serve many sessions one after another.
    """
    shared = os.environ.get("TEST_SERVICES")
    running = TestServices(Path(shared) if shared else tmp_path_factory.mktemp("services") / "home")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which the media of the sample channels are kept: drawn once for all tests of a run."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "samples"


@pytest.fixture
def database_url(services: TestServices) -> Iterator[str]:
    """The address of a database with the newest schema and no rows."""
    with services.empty_database() as url:
        yield url


@pytest.fixture
def redis_url(services: TestServices) -> str:
    """The address of an empty Redis database of this test's own."""
    return services.redis_url()


@pytest.fixture(scope="module")
def running_models() -> Iterator[LoopbackLLM]:
    """GigaChat and an OpenAI-compatible server, one for all tests of a file."""
    with LoopbackLLM() as server:
        yield server


@pytest.fixture
def server(running_models: LoopbackLLM) -> LoopbackLLM:
    """The loopback models without faults or memory of calls. Tests of Telegram call theirs so, too."""
    running_models.faults.clear()
    running_models.ledger.clear()
    return running_models


@pytest.fixture
def settings(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings with both services, in the environment too, so that child processes see the same."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    get_settings.cache_clear()
    yield get_settings()
    _forget_engine()  # before the database is emptied
