"""Whoever runs Media Audit: root, root in a container without namespaces, ordinary users, users without a name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import app
from app.errors import UserError
from app.local import services

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as several users")

NAMELESS, NOBODY = 4321, 65534
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


def run_as(uid: int, home: Path) -> subprocess.CompletedProcess[str]:
    """Starts, uses and stops the services as that user, who may not be able to read root's own Python."""
    source = Path(app.__file__).parents[1]
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(source), *packages])}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        probe = [python, "-c", "import app.local.services, psycopg"]
        try:
            readable = subprocess.run(
                probe, user=uid, group=uid, extra_groups=[], env=environment, cwd="/", capture_output=True
            )
        except OSError:
            continue
        if readable.returncode == 0:
            command = [python, "-c", USE, str(home)]
            return subprocess.run(
                *(command,),
                user=uid,
                group=uid,
                extra_groups=[],
                env=environment,
                cwd="/",
                capture_output=True,
                text=True,
            )
    pytest.skip("no Python and packages that another user may read")


@pytest.mark.parametrize("uid", [NAMELESS, NOBODY])
def test_an_ordinary_user_needs_no_help_of_root(uid: int, place: Path) -> None:
    os.chown(place, uid, uid)
    done = run_as(uid, place / "home")
    assert (done.stdout, done.returncode) == ("works\n", 0), done.stderr
    assert {path.lstat().st_uid for path in (place / "home").rglob("*")} == {uid}


def test_the_home_of_another_user_is_refused_and_left_alone(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o755)
    done = run_as(NAMELESS, home)
    assert done.returncode == 1
    assert done.stderr.startswith(f"UserError: {home} belongs to root")
    assert "MEDIA_AUDIT_HOME" in done.stderr
    os.chown(home, NAMELESS, NAMELESS)
    with pytest.raises(UserError, match="belongs to uid 4321, you are root"):
        services.start(home)
    assert list(home.iterdir()) == []


def test_root_without_namespaces_steps_down_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        assert Path(f"/proc/{pid}").stat().st_uid == NOBODY
        # The same home goes on where namespaces are allowed again.
        services.stop(home)
        found = services.start(home, valkey=False)
        assert found.database_url
        with psycopg.connect(found.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        services.stop(home)
