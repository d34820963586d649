"""One browser and one archive for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.settings import get_settings
from tests.adapters import forget_adapters
from tests.services import TestServices
from tests.web.archive import Served, served
from tests.web.browser import chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def archive(
    browser: Browser, services: TestServices, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The sample channels and their page; never without a browser, whose absence is told at once."""
    with served(services, tmp_path_factory.mktemp("archive"), samples) as found:
        yield found


@pytest.fixture
def at_home(archive: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of this process that are the archive's, as those of a worker."""
    monkeypatch.setenv("DATABASE_URL", archive.archive.engine.url.render_as_string(hide_password=False))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()
    forget_adapters()
