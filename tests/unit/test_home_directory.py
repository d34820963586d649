"""The home: its passwords, its ports, and whose it is."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from app.errors import UserError
from app.home.directory import open_home, password
from app.local import tcp_ports


def test_only_its_owner_sees_inside(tmp_path: Path) -> None:
    home = open_home(tmp_path / "deep" / "home")
    kept = password(home, "postgres")
    assert len(kept) >= 32
    assert password(home, "postgres") == kept
    assert stat.S_IMODE((home.secrets / "postgres").stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.root, home.run, home.logs, home.secrets)} == {0o700}


def test_a_home_that_cannot_be_made_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="set MEDIA_AUDIT_HOME"):
        open_home(tmp_path / "file" / "home")


def test_a_home_of_another_user_is_refused_and_untouched(tmp_path: Path) -> None:
    """Only root can make such a directory; all others take one of root's."""
    theirs, owner = Path("/usr/lib"), "root"
    if os.geteuid() == 0:
        theirs, owner = tmp_path / "theirs", "uid 4321"
        theirs.mkdir()
        os.chown(theirs, 4321, 4321)
    before = sorted(theirs.iterdir()), theirs.stat().st_mtime_ns
    with pytest.raises(UserError, match=f"belongs to {owner}, you are .*set MEDIA_AUDIT_HOME"):
        open_home(theirs)
    assert (sorted(theirs.iterdir()), theirs.stat().st_mtime_ns) == before


def test_port_is_kept_until_somebody_else_takes_it(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    first, replaced = tcp_ports.choose(home, "postgres")
    assert replaced is None
    assert tcp_ports.choose(home, "postgres") == (first, None)
    with socket.socket() as thief:
        thief.bind((tcp_ports.LOOPBACK, first))
        thief.listen()
        second, replaced = tcp_ports.choose(home, "postgres")
    assert replaced == first
    assert second != first
    assert tcp_ports.choose(home, "postgres") == (second, None)
