"""Whoever runs Media Audit: root, root in a container without namespaces, ordinary users, users without a name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import app
from app.errors import UserError
from app.local import services

ROOT = os.geteuid() == 0  # only root can act as several users; any other acts as itself
NAMELESS, NOBODY = 4321, 65534
USERS = [NAMELESS, NOBODY] if ROOT else [os.geteuid()]
USE = """
import sys, psycopg
from pathlib import Path
from app.errors import UserError
from app.local import services
try:
    found = services.start(Path(sys.argv[1]))
except UserError as error:
    sys.exit(f"UserError: {error}")
with psycopg.connect(found.database_url) as connection:
    print(connection.execute("SELECT 'works'").fetchone()[0])
services.stop(Path(sys.argv[1]))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def run_as(uid: int, home: Path) -> tuple[int, subprocess.CompletedProcess[str]]:
    """Starts, uses and stops the services as that user; returns the user that it was.

    Other users may not be able to read root's own Python. Where no Python is readable, we act as ourselves.
    """
    source = Path(app.__file__).parents[1]
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(source), *packages])}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    other: dict[str, Any] = {"user": uid, "group": uid, "extra_groups": []} if ROOT else {}
    ourselves: tuple[int, dict[str, Any], str] = (os.geteuid(), {}, sys.executable)
    others = ((uid, other, python) for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"))
    for who, user, python in (*others, ourselves):
        started = {"env": environment, "cwd": "/", "capture_output": True, "text": True, **user}
        try:
            readable = subprocess.run([python, "-c", "import app.local.services, psycopg"], check=False, **started)
        except OSError:
            continue
        if readable.returncode == 0:
            return who, subprocess.run([python, "-c", USE, str(home)], check=False, **started)
    raise AssertionError("our own Python does not import what it is running")


@pytest.mark.parametrize("uid", USERS)
def test_an_ordinary_user_needs_no_help_of_root(uid: int, place: Path) -> None:
    os.chown(place, uid, uid if ROOT else -1)
    who, done = run_as(uid, place / "home")
    assert (done.stdout, done.returncode) == ("works\n", 0), done.stderr
    owners = {path.lstat().st_uid for path in (place / "home").rglob("*")}
    assert owners == {who} or (who == 0 and owners <= {0, NOBODY})  # root itself steps down


def test_the_home_of_another_user_is_refused_and_left_alone(place: Path) -> None:
    """Ours is refused to another user, and theirs to us."""
    theirs, owner = Path("/usr/lib"), "root"
    if ROOT:
        ours = place / "ours"
        ours.mkdir(mode=0o755)
        who, done = run_as(NAMELESS, ours)
        if who == NAMELESS:
            assert done.returncode == 1
            assert done.stderr.startswith(f"UserError: {ours} belongs to root, you are uid 4321")
            assert "MEDIA_AUDIT_HOME" in done.stderr
            assert list(ours.iterdir()) == []
        theirs, owner = place / "theirs", "uid 4321"
        theirs.mkdir()
        os.chown(theirs, NAMELESS, NAMELESS)
    before = sorted(theirs.iterdir())
    with pytest.raises(UserError, match=f"belongs to {owner}, you are .*MEDIA_AUDIT_HOME"):
        services.start(theirs)
    assert sorted(theirs.iterdir()) == before


def test_without_namespaces_root_steps_down_to_nobody_and_others_stay_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    setpriv = shutil.which("setpriv")
    assert setpriv
    (tools / "setpriv").symlink_to(setpriv)
    home = tmp_path / "home"
    try:
        with monkeypatch.context() as without_unshare:
            without_unshare.setenv("PATH", str(tools))
            found = services.start(home, valkey=False)
        assert found.database_url
        with psycopg.connect(found.database_url) as connection:
            connection.execute("CREATE TABLE kept ()")
        pid = services.status(home)[0].pid
        assert Path(f"/proc/{pid}").stat().st_uid == (NOBODY if ROOT else os.geteuid())
        # The same home goes on where namespaces are allowed again.
        services.stop(home)
        found = services.start(home, valkey=False)
        assert found.database_url
        with psycopg.connect(found.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        services.stop(home)
